"""One run of an experiment, and experiments without the site: python -m worker.sweep."""
