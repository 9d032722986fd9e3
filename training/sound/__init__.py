"""The sound net."""
