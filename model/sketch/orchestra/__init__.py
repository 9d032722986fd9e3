"""The short score given to the players."""
