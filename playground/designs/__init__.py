"""Designs: an ordered log of edits with a document, who may see and change it, and its links to others."""
