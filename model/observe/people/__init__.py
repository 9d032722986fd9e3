"""Who is on the screen."""
