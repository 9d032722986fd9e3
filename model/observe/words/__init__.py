"""What is said and written: subtitles, the script, and the lines they belong to."""
