"""Runs: a revision, a seed and a log of commands, and the way of their frames to the browsers."""
