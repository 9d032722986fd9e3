"""What is on the screen: motion, colour, titles, thumbnails."""
