"""The reel: a film opened (``open_reel``), its facts, and its picture and sound in one pass.

PyAV decodes here alone; ``model.render`` and ``model.review`` encode with it.
"""
