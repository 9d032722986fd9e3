"""Spotting's tables: priors from labelled films, and boosted forests, no net."""
