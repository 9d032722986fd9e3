"""The sketch net."""
