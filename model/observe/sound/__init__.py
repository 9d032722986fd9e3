"""What is heard: dialogue, music, effects, loudness."""
