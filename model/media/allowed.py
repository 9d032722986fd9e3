"""The only containers and codecs that are ever opened, and how their files begin.

Two locks, both needed (measured in the research notes): FFmpeg is told the lists, and the file's own first bytes
and the demuxer that FFmpeg then chose are checked against them. A playlist, a concat script or an SDP file named
``.mp4`` fails the second lock before FFmpeg sees it.
"""

from __future__ import annotations

import re
from pathlib import Path

CONTAINERS = {
    "mov": "QuickTime / MP4",
    "matroska": "Matroska / WebM",
    "mxf": "MXF",
    "avi": "AVI",
    "mpegts": "MPEG-TS",
}
VIDEO_CODECS = frozenset(
    {
        "h264",
        "hevc",
        "vp8",
        "vp9",
        "av1",
        "libdav1d",
        "libvpx-vp9",
        "libvpx",
        "libaom-av1",
        "prores",
        "dnxhd",
        "mjpeg",
        "mpeg2video",
        "mpeg4",
        "rawvideo",
        "v210",
        "ffv1",
    }
)
AUDIO_CODECS = frozenset(
    {
        "aac",
        "aac_latm",
        "ac3",
        "eac3",
        "alac",
        "flac",
        "mp2",
        "mp2float",
        "mp3",
        "mp3float",
        "opus",
        "libopus",
        "vorbis",
        "libvorbis",
        "pcm_alaw",
        "pcm_bluray",
        "pcm_f32be",
        "pcm_f32le",
        "pcm_f64le",
        "pcm_mulaw",
        "pcm_s16be",
        "pcm_s16le",
        "pcm_s24be",
        "pcm_s24le",
        "pcm_s32be",
        "pcm_s32le",
        "pcm_u8",
    }
)
HEAD_BYTES = 64 * 1024
_MOV_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_MXF_PARTITION = bytes.fromhex("060e2b34020501010d010201")
_EBML = bytes.fromhex("1a45dfa3")
_TS_SYNC = 0x47  # first byte of every packet of an MPEG transport stream
_TS_PACKETS = (188, 192, 204)  # bytes a packet: plain, with arrival stamps, with error correction
_DISGUISES = (
    (re.compile(rb"\s*#EXTM3U"), "an HLS playlist"),
    (re.compile(rb"\s*ffconcat version"), "a concat script"),
    (re.compile(rb"\s*v=0\s"), "a stream description (SDP)"),
    (re.compile(rb"\s*<\?xml|\s*<MPD", re.IGNORECASE), "an XML file or a DASH playlist"),
    (re.compile(rb"\s*(file|http)\b[^\n]*\n"), "a list of files"),
)


def detect_container(path: Path) -> str:
    """Say by its first bytes which of ``CONTAINERS`` a file is, or "" if it is none of them."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return detect_container_of_bytes(head)


def detect_container_of_bytes(head: bytes) -> str:
    """Say which of ``CONTAINERS`` begins with these bytes, or ""."""
    if head[4:8] in _MOV_BOXES:
        return "mov"
    if head.startswith(_EBML):
        return "matroska"
    if _MXF_PARTITION in head:  # a run-in of up to 64 KiB may stand before the first partition
        return "mxf"
    if head[:4] == b"RIFF" and head[8:11] == b"AVI":
        return "avi"
    return "mpegts" if _looks_like_ts(head) else ""


def name_disguise(path: Path) -> str:
    """Name what a file that is no film seems to be, or ""."""
    with path.open("rb") as file:
        head = file.read(512)
    return next((name for pattern, name in _DISGUISES if pattern.match(head)), "")


def _looks_like_ts(head: bytes) -> bool:
    """Find the sync byte at one fixed distance at least three times, or throughout a shorter head."""
    for size in _TS_PACKETS:
        start = 4 if size == _TS_PACKETS[1] else 0
        marks = head[start : start + 8 * size : size]
        if len(marks) > 1 and all(mark == _TS_SYNC for mark in marks):
            return True
    return False
