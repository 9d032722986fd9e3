"""The service measured under load, faults and hostile files."""
