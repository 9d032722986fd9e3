"""The tables that rank hits."""
