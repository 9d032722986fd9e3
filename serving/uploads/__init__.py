"""Uploads by tus: received, kept, verified, and turned into reels."""
