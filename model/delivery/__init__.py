"""Delivery: the notes and the score as files that other programs and people open."""
