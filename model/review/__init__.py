"""Review: what a browser plays and draws of a reel and of a take."""
