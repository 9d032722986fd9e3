"""How a film feels: arousal, valence and tension."""
