"""Cuts and other transitions between shots."""
