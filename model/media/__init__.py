"""The reel: a film opened, its facts, and its picture and sound in one pass.

``open_reel(path)`` is the only way in. PyAV is imported here and nowhere else in the model.
"""

from model.media.limits import Limits
from model.media.open import Reel, open_reel, sha256_of

__all__ = ["Limits", "Reel", "open_reel", "sha256_of"]
