"""Exercises: what a person sees of a lab, and what the site keeps of it."""
