"""The SMPTE offset of a MIDI file (FF 54): where on the picture's timecode its first tick lies.

It knows four rates: 24 (also written for 23.976 and 48), 25 (50), 29.97 drop-frame (59.94 drop-frame) and 30 (29.97
and 59.94 without drop, 60). What it cannot tell, the rate's true name, stands in a text event beside it. The finest
step is a hundredth of a frame.
"""

from __future__ import annotations

from fractions import Fraction

import mido

from model.time import Timebase, rate_name

_SMPTE_BASES = (24, 25, 30)
_HUNDREDTHS = 100  # in a frame, the unit of the SMPTE offset's last byte


def smpte_offset(seconds: Fraction, timebase: Timebase) -> mido.MetaMessage | None:
    """Spell a moment (seconds from the reel's first frame) as FF 54; None at a rate that no offset can tell."""
    base = next((b for b in _SMPTE_BASES if timebase.nominal % b == 0), None)
    if base is None:
        return None
    pair = timebase.nominal // base
    count, hundredths = divmod(round(seconds * timebase.rate * _HUNDREDTHS / pair), _HUNDREDTHS)
    whole = timebase.start // pair + count if pair > 1 else timebase.start + count
    hundredths += timebase.start % pair * _HUNDREDTHS // pair
    whole, hundredths = whole + hundredths // _HUNDREDTHS, hundredths % _HUNDREDTHS
    label = timebase.label(whole * pair).replace(";", ":")
    hour, minute, second, frame = (int(part) for part in label.split(":"))
    return mido.MetaMessage(
        "smpte_offset",
        frame_rate=29.97 if timebase.drop_frame else base,
        hours=hour,
        minutes=minute,
        seconds=second,
        frames=frame // pair,
        sub_frames=hundredths,
        time=0,
    )


def describe_counting(timebase: Timebase) -> str:
    """Say in words how the picture counts: ``23.976 fps non-drop``, ``29.97 fps drop-frame``, ``25 fps``."""
    name = f"{rate_name(timebase.rate)} fps"
    if timebase.drop_frame:
        return f"{name} drop-frame"
    return f"{name} non-drop" if timebase.rate.denominator != 1 else name
