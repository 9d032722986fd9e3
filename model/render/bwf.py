"""Broadcast wave files: 48 kHz, 24 bit, with the timecode of their first sample and what they are.

``bext`` after EBU Tech 3285 version 2 (with loudness), ``iXML`` after its specification 2.10. The time reference
counts samples from timecode 00:00:00:00; it is exact because our files begin on frames that are whole samples
(:func:`model.render.stems.aligned_start`). Nothing in the file depends on when or where it was written.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from model.files import write_whole
from model.render.engine import RATE, Floats
from model.time import Frame, Timebase

_BITS = 24  # a sample
_BYTES = 3  # a sample
_FULL_SCALE = 1 << 23  # the largest 24-bit sample, as a count
_BEXT = struct.Struct("<256s32s32s10s8sIIH64s5h180s")
_CODING = b"A=PCM,F=48000,W=24,M=stereo,T=Cuelight\r\n"
_UNKNOWN = 0x7FFF  # a loudness nobody measured


@dataclass(frozen=True, slots=True)
class Label:
    """What is written beside the sound.

    Attributes
    ----------
    project, scene, take, name: the show, the cue's number, the version ("v01") and the track ("STR")
    description: a sentence, up to 256 ASCII characters
    loudness: integrated LUFS, true peak dBTP and loudest short term LUFS; None if nobody measured
    """

    project: str
    scene: str
    take: str
    name: str
    description: str
    loudness: tuple[float, float, float] | None = None


def count_samples_since_midnight(timebase: Timebase, start: Frame) -> int:
    """Count the samples from timecode 00:00:00:00 to ``start``.

    Raises ValueError where a frame does not begin on a sample.
    """
    count = timebase.start + start.index
    samples = count * RATE / timebase.rate
    if samples.denominator != 1 or count < 0:
        message = f"Frame {count} from midnight is not a whole number of samples after it."
        raise ValueError(message)
    return int(samples)


def write_bwf(
    path: Path, blocks: Iterable[Floats], samples: int, timebase: Timebase, start: Frame, label: Label
) -> Path:
    """Write float32 [n, 2] blocks, ``samples`` in all, as a broadcast wave file beginning on frame ``start``.

    Values beyond full scale are clipped. Raises OutputUnwritable or DiskFull; never leaves half a file.
    """
    reference = count_samples_since_midnight(timebase, start)
    head = _chunk(b"fmt ", struct.pack("<HHIIHH", 1, 2, RATE, RATE * 2 * _BYTES, 2 * _BYTES, _BITS))
    head = _chunk(b"bext", _bext(reference, label)) + head
    xml = _chunk(b"iXML", _ixml(reference, timebase, label))
    size = samples * 2 * _BYTES
    with write_whole(path) as temporary, temporary.open("wb") as file:
        file.write(b"RIFF" + struct.pack("<I", 4 + len(head) + len(xml) + 8 + size) + b"WAVE" + head + xml)
        file.write(b"data" + struct.pack("<I", size))
        written = sum(file.write(encode_pcm24(block)) for block in blocks)
        if written != size:
            message = f"{written // (2 * _BYTES)} samples came for a file of {samples}."
            raise ValueError(message)
    return path


def encode_pcm24(block: Floats) -> bytes:
    """Round float32 [n, 2] to 24 bit, little-endian, interleaved."""
    whole = np.clip(np.rint(block.astype(np.float64) * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE - 1).astype("<i4")
    return np.ascontiguousarray(whole).view(np.uint8).reshape(-1, 4)[:, :_BYTES].tobytes()


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _text(text: str, size: int) -> bytes:
    return text.encode("ascii", "replace")[:size]


def _bext(reference: int, label: Label) -> bytes:
    loudness = [_UNKNOWN] * 5
    if label.loudness is not None:
        value, peak, short = (round(x * 100) for x in label.loudness)
        loudness = [value, _UNKNOWN, peak, _UNKNOWN, short]
    return (
        _BEXT.pack(
            _text(label.description, 256),
            _text("Cuelight", 32),
            _text(f"{label.project} {label.scene} {label.name}", 32),
            b"",
            b"",
            reference & 0xFFFFFFFF,
            reference >> 32,
            2,
            b"",
            *loudness,
            b"",
        )
        + _CODING
    )


def _ixml(reference: int, timebase: Timebase, label: Label) -> bytes:
    rate = _rate(timebase.rate)
    tracks = "".join(
        f"<TRACK><CHANNEL_INDEX>{n}</CHANNEL_INDEX><INTERLEAVE_INDEX>{n}</INTERLEAVE_INDEX>"
        f"<NAME>{escape(label.name)} {side}</NAME></TRACK>"
        for n, side in ((1, "L"), (2, "R"))
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<BWFXML><IXML_VERSION>2.10</IXML_VERSION>'
        f"<PROJECT>{escape(label.project)}</PROJECT><SCENE>{escape(label.scene)}</SCENE>"
        f"<TAKE>{escape(label.take)}</TAKE><NOTE>{escape(label.description)}</NOTE>"
        f"<SPEED><MASTER_SPEED>{rate}</MASTER_SPEED><CURRENT_SPEED>{rate}</CURRENT_SPEED>"
        f"<TIMECODE_RATE>{rate}</TIMECODE_RATE><TIMECODE_FLAG>{'DF' if timebase.drop_frame else 'NDF'}</TIMECODE_FLAG>"
        f"<FILE_SAMPLE_RATE>{RATE}</FILE_SAMPLE_RATE><AUDIO_BIT_DEPTH>{_BITS}</AUDIO_BIT_DEPTH>"
        f"<DIGITIZER_SAMPLE_RATE>{RATE}</DIGITIZER_SAMPLE_RATE>"
        f"<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>{reference >> 32}</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>"
        f"<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>{reference & 0xFFFFFFFF}</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>"
        f"<TIMESTAMP_SAMPLE_RATE>{RATE}</TIMESTAMP_SAMPLE_RATE></SPEED>"
        f"<TRACK_LIST><TRACK_COUNT>2</TRACK_COUNT>{tracks}</TRACK_LIST></BWFXML>\n"
    )
    return text.encode()


def _rate(rate: Fraction) -> str:
    return f"{rate.numerator}/{rate.denominator}"
