"""The simulator. Knows components, numpy and numba; no web, no Redis, no Django."""
