"""The second stage of the cut detector; its torch module is ``model.nets.cuts_head``."""
