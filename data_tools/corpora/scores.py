"""The three CC0 score corpora as short scores: notes by bar and role, with what each bar is like.

Read once from ``CUELIGHT_DATA/scores`` (MIDI in tar.xz), assigned to roles by :mod:`data_tools.corpora.score_roles`
and kept as one ``.npz`` per corpus in the cache folder of :mod:`data_tools.corpora.packages`.

Held out: the nine orchestral movements whose file names have the smallest SHA-256. Nothing else is taken into account.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import mido
import numpy as np
import numpy.typing as npt

from data_tools.corpora.packages import CorporaUnavailableError, cache_folder
from data_tools.corpora.score_roles import InstrumentLine, LineNote, deal_roles
from model.sketch.net.tokens import GRID, LONGEST_BAR, RoleNote

HELD_OUT = 9  # of 96 orchestral movements
FORMAT = 3  # of the cache; raise it when the rules below or the roles change
_PERCUSSION = (47, *range(112, 120))
_KEYBOARDS = (*range(8), *range(16, 24), 46)
_VOICES = (52, 53, 54)
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CorpusBar:
    """Where a bar lies: ``start`` and ``length`` in twelfths of a quarter; meter as written; tempo at its start."""

    start: int
    length: int
    beats: int
    unit: int
    bpm: float


@dataclass(frozen=True, slots=True)
class ShortScore:
    """One movement by bar and role; ``notes[i]`` are those that begin in ``bars[i]``."""

    name: str
    corpus: str
    bars: tuple[CorpusBar, ...]
    notes: tuple[tuple[RoleNote, ...], ...]


def read_scores(corpus: str) -> list[ShortScore]:
    """Return every movement of a corpus, by name; builds the cache on the first call (minutes).

    Raises CorporaUnavailableError where CUELIGHT_DATA does not hold the scores.
    """
    kept = cache_folder() / "scores" / f"{corpus}.{FORMAT}.npz"
    if not kept.exists():
        _save(kept, [short_score(name, corpus, data) for name, data in _files(corpus)])
    return _load(kept, corpus)


def choose_held_out(names: list[str]) -> list[str]:
    """Choose the movements that are never trained on: the nine smallest SHA-256 of the names, sorted by name."""
    return sorted(sorted(names, key=lambda name: hashlib.sha256(name.encode()).hexdigest())[:HELD_OUT])


def split_held_out(orchestra: list[ShortScore]) -> tuple[list[ShortScore], list[ShortScore]]:
    """Split the orchestral movements into those to train on and the nine held out."""
    out = set(choose_held_out([score.name for score in orchestra]))
    return [s for s in orchestra if s.name not in out], [s for s in orchestra if s.name in out]


def _files(corpus: str) -> Iterator[tuple[str, bytes]]:
    chosen = os.environ.get("CUELIGHT_DATA", "")
    archive = Path(chosen) / "scores" / f"openscore_{corpus}_cc0.tar.xz"
    if not chosen or not archive.exists():
        message = f"set CUELIGHT_DATA to the folder that holds scores/openscore_{corpus}_cc0.tar.xz"
        raise CorporaUnavailableError(message)
    with tarfile.open(archive) as tar:
        members = sorted((m for m in tar.getmembers() if m.name.endswith(".mid")), key=lambda m: m.name)
        for member in members:
            content = tar.extractfile(member)
            if content is not None:
                yield PurePosixPath(member.name).stem, content.read()


def short_score(name: str, corpus: str, midi: bytes) -> ShortScore:
    """Read one MIDI file into bars and roles."""
    song = mido.MidiFile(file=io.BytesIO(midi))
    scale = GRID / song.ticks_per_beat
    lines = [line for track in song.tracks if (line := _line(track, scale, corpus)).notes]
    end = max((note.onset + note.dur for line in lines for note in line.notes), default=0)
    bars = _bars(song, scale, end)
    dealt = deal_roles(lines, [bar.start for bar in bars], [bar.length for bar in bars])
    return ShortScore(name, corpus, tuple(bars), tuple(tuple(notes) for notes in dealt))


def _line(track: mido.MidiTrack, scale: float, corpus: str) -> InstrumentLine:
    tick, program, channel = 0, 0, 0
    open_notes = dict[int, list[tuple[int, int]]]()
    notes = list[LineNote]()
    for message in track:
        tick += message.time
        if message.type == "program_change":
            program, channel = message.program, message.channel
        elif message.type == "note_on" and message.velocity:
            open_notes.setdefault(message.note, []).append((tick, message.velocity))
        elif message.type in {"note_on", "note_off"} and open_notes.get(message.note):
            began, velocity = open_notes[message.note].pop(0)
            onset = round(began * scale)
            notes.append(LineNote(onset, max(1, round(tick * scale) - onset), message.note, velocity))
    sings = corpus == "lieder" and program in _VOICES
    return InstrumentLine(
        notes=tuple(sorted(notes)),
        percussion=program in _PERCUSSION or channel == 9,
        keyboard=program in _KEYBOARDS,
        sings=sings,
    )


def _bars(song: mido.MidiFile, scale: float, end: int) -> list[CorpusBar]:
    """Lay bars: a new one at every change of meter; those too long for the grid are cut in two."""
    meters, tempi = {0: (4, 4)}, {0: 120.0}
    for track in song.tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "time_signature":
                meters[round(tick * scale)] = (message.numerator, message.denominator)
            elif message.type == "set_tempo":
                tempi[round(tick * scale)] = 60e6 / message.tempo
    changes, tempo_at = sorted(meters), sorted(tempi)
    bars, at = list[CorpusBar](), 0
    while at < end:
        now = changes[bisect_right(changes, at) - 1]
        beats, unit = meters[now]
        full = max(1, round(4 * beats * GRID / unit))
        length = full if full <= LONGEST_BAR else full // 2
        following = bisect_right(changes, at)
        if following < len(changes):
            length = min(length, changes[following] - at)
        bpm = tempi[tempo_at[bisect_right(tempo_at, at) - 1]]
        bars.append(CorpusBar(at, min(length, LONGEST_BAR), beats, unit, bpm))
        at += bars[-1].length
    return bars


def _save(path: Path, pieces: list[ShortScore]) -> None:
    bars = [(p, b.start, b.length, b.beats, b.unit) for p, piece in enumerate(pieces) for b in piece.bars]
    notes = [(p, i, *note) for p, piece in enumerate(pieces) for i, bar in enumerate(piece.notes) for note in bar]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial.npz")
    np.savez_compressed(
        partial,
        names=np.array([piece.name for piece in pieces]),
        bars=np.array(bars, np.int32),
        bpm=np.array([b.bpm for piece in pieces for b in piece.bars], np.float64),
        notes=np.array(notes, np.int16),
    )
    partial.replace(path)


def _load(path: Path, corpus: str) -> list[ShortScore]:
    with np.load(path, allow_pickle=False) as kept:
        names, bars, bpm, notes = (kept[name] for name in ("names", "bars", "bpm", "notes"))
    pieces = len(names)
    bar_edges = np.searchsorted(bars[:, 0], np.arange(pieces + 1))
    note_edges = np.searchsorted(notes[:, 0], np.arange(pieces + 1))
    out = list[ShortScore]()
    for p, name in enumerate(names):
        at = slice(bar_edges[p], bar_edges[p + 1])
        rows = bars[at].tolist()
        laid = tuple(
            CorpusBar(start, length, beats, unit, tempo)
            for (_, start, length, beats, unit), tempo in zip(rows, bpm[at].tolist(), strict=True)
        )
        dealt: list[list[RoleNote]] = [[] for _ in laid]
        for _, bar, *note in notes[note_edges[p] : note_edges[p + 1]].tolist():
            dealt[bar].append(RoleNote(*note))
        out.append(ShortScore(str(name), corpus, laid, tuple(tuple(n) for n in dealt)))
    return out
