"""Score: sketches as MIDI, MusicXML and pages."""
