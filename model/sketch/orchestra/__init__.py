"""The orchestration of a short score: who plays what."""
