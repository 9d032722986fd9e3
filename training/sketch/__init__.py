"""The sketch net; its torch module is ``model.nets.sketch_net``."""
