"""The sound net; its torch module is ``model.nets.sound``."""
