"""The site: pages, API, sockets, saved designs and runs. It names the worker's tasks, and never imports the worker."""
