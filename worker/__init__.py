"""The machine: simulates designs, paced or as fast as it goes."""
