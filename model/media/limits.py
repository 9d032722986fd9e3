"""How large a reel may be: checked before decoding, counted while decoding."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reel may ask of the machine; anything above is refused with ``ReelTooLarge``.

    Attributes
    ----------
    pixels: per frame as coded; the default is one 8K frame and a little
    frames: in the whole reel; the default is six hours at 60
    seconds: length of the reel
    rate: frames per second
    streams: pictures, sound, subtitles and data together
    """

    pixels: int = 8192 * 4352
    frames: int = 6 * HOUR_S * 60
    seconds: int = 6 * HOUR_S
    rate: Fraction = Fraction(300)
    streams: int = 64
