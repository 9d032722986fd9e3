"""Themes that the user gives, read from MIDI, MusicXML and ABC files."""
