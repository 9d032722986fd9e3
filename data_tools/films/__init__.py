"""Synthetic films with exact truth: ``make_film``, ``make_tiny``, ``make_demo_film``; see CARD.md."""

from data_tools.films.catalogue import TEST_SEEDS, TRAIN_SEEDS, make_catalogue_film, make_demo_film
from data_tools.films.film import make_film
from data_tools.films.tiny import make_tiny
from data_tools.films.truth import Truth, read_truth

__all__ = [
    "TEST_SEEDS",
    "TRAIN_SEEDS",
    "Truth",
    "make_catalogue_film",
    "make_demo_film",
    "make_film",
    "make_tiny",
    "read_truth",
]
