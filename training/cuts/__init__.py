"""The second stage of the cut detector."""
