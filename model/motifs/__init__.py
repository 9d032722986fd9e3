"""Motifs: who and what has a theme, the themes, and where they sound."""
