"""The language of the playground: what a design is made of. Plain Python, no web, no numba."""
