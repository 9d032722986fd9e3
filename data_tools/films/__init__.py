"""Synthetic films with exact truth: ``make_film``, ``make_tiny``, ``demo_film``; see CARD.md."""

from data_tools.films.catalogue import TEST_SEEDS, TRAIN_SEEDS, demo_film, film_of
from data_tools.films.film import make_film
from data_tools.films.tiny import make_tiny
from data_tools.films.truth import Truth, read_truth

__all__ = ["TEST_SEEDS", "TRAIN_SEEDS", "Truth", "demo_film", "film_of", "make_film", "make_tiny", "read_truth"]
