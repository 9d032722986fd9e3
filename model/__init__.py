"""Cuelight's model: one room per step of a film score, each with one verb and one noun.

The story from top to bottom is in :mod:`model.pipeline`; ``docs/architecture.md`` draws the house.
"""
