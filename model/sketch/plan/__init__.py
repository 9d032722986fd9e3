"""The plan of a cue: what every bar shall be, before free notes are written."""
