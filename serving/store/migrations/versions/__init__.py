"""The steps, one module each; each says which it follows."""
