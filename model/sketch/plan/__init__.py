"""The plan of a cue: what every bar should be, before free notes are written."""
