"""Motifs: who and what has a theme, the themes, who plays, and where each theme sounds."""
