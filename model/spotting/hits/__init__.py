"""Hits: the moments music may catch."""
