"""What a person may do to the notes, each operation a small function; :mod:`model.spotting.edits.apply` is the door."""
