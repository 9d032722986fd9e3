"""Sketches measured: whether the mood is as asked, the parts playable, and the net better than the rules.

Planned cues are those of ``practice_cues`` with a seed that nothing was tuned on; held-out music is that of the nine
movements nobody trained on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data_tools.benchmark.excerpts import (
    Window,
    choose_windows,
    count_ngrams,
    make_excerpt,
    write_window_by_net,
    write_window_by_ngram,
    write_window_by_rules,
)
from data_tools.benchmark.music_features import NAMES, features, frechet_distance
from data_tools.benchmark.ngram import WittenBell
from data_tools.benchmark.practice_cues import RATE, PracticeCue, practice_cues
from data_tools.benchmark.table import BenchRow, data_folder
from data_tools.corpora.packages import CorporaUnavailableError
from data_tools.corpora.scores import read_scores, split_held_out
from model.motifs.instruments import INSTRUMENTS
from model.sketch.measures import measure_bars
from model.sketch.rules.parallels import parallel_rate
from model.sketch.settings import SketchSettings
from model.sketch.sketch_types import Note, Sketch, VoiceRole

SEED = 2026  # nothing was tuned on its cues
CUES = 20  # planned cues
EXCERPTS = 50  # of held-out music; four times as many of the other music
ON = f"{CUES} planned cues"
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MoodComparison:
    """Asked and measured, one value a bar that sounds, over all cues."""

    asked: Floats
    found: Floats

    @property
    def agreement(self) -> float:
        """Spearman's rank correlation."""
        return float(np.corrcoef(_ranks(self.asked), _ranks(self.found))[0, 1])


def rows() -> list[BenchRow]:
    """Return the figures of sketches."""
    cues = practice_cues(CUES, SEED)
    ours = [cue.write_sketch(SketchSettings()) for cue in cues]
    ruled = [cue.write_sketch(SketchSettings(engine="rules")) for cue in cues]
    net = sum(s.engine == "model" for s in ours)
    found = [*_mood_rows(ours, ruled, f"{net} of {len(ours)} written by the net"), *_playing_rows(cues, ours)]
    try:
        data_folder()
        orchestra, held = split_held_out(read_scores("orchestra"))
    except CorporaUnavailableError:
        return found
    chosen = choose_windows(held, EXCERPTS)
    found.append(_parallels(ours, ruled, chosen))
    return found + _likeness(chosen, choose_windows(orchestra, 4 * EXCERPTS), count_ngrams(orchestra))


def compare_moods(sketches: Sequence[Sketch]) -> tuple[MoodComparison, MoodComparison]:
    """Compare what bars were asked to feel like with what their notes measure: arousal and tension."""
    asked: list[tuple[float, float]] = []
    found: list[tuple[float, float]] = []
    for sketch in sketches:
        seen = [b for b in sketch.bars if b.function != "silence"]
        at = [b.bar for b in seen]
        lines = [float(sketch.tempo_map.bar_start(k).quarters) for k in range(len(sketch.bars) + 1)]
        bpm = [float(sketch.tempo_map.bpm(sketch.tempo_map.bar_start(k))) for k in range(len(sketch.bars))]
        table = np.array([_row(n) for n in sketch.notes])
        bars = measure_bars(table[:, 0], table[:, 1], table[:, 2].astype(np.int64), table[:, 3], lines, bpm)
        asked += [(b.arousal, b.tension) for b in seen]
        found += list(zip(bars.arousal[at].tolist(), bars.tension[at].tolist(), strict=True))
    wanted, got = np.array(asked), np.array(found)
    return MoodComparison(wanted[:, 0], got[:, 0]), MoodComparison(wanted[:, 1], got[:, 1])


def measure_talk_densities(cues: Sequence[PracticeCue], sketches: Sequence[Sketch]) -> tuple[float, float]:
    """Melody onsets a second under lines and outside them, over the cues that have both."""
    counts, seconds = np.zeros(2), np.zeros(2)
    for cue, sketch in zip(cues, sketches, strict=True):
        lines = [(float(d.span.start.index / RATE), float(d.span.end.index / RATE)) for d in cue.dialogue]
        if not lines:
            continue
        start, end = float(sketch.cue_in.index / RATE), float(sketch.out.index / RATE)
        under = sum(b - a for a, b in lines)
        seconds += (under, end - start - under)
        for note in sketch.notes:
            if note.role is VoiceRole.MELODY:
                at = float(sketch.tempo_map.seconds(note.onset))
                counts[0 if any(a <= at < b for a, b in lines) else 1] += 1
    inside, outside = counts / np.maximum(seconds, 1e-9)
    return float(inside), float(outside)


def count_out_of_range(sketches: Sequence[Sketch]) -> int:
    """Count the notes outside their instrument's range."""
    return sum(
        not INSTRUMENTS[part.instrument].lowest <= note.pitch <= INSTRUMENTS[part.instrument].highest
        for sketch in sketches
        for part in sketch.parts
        for note in part.notes
    )


def _mood_rows(ours: Sequence[Sketch], ruled: Sequence[Sketch], note: str) -> list[BenchRow]:
    (arousal, tension), (by_rule, strain) = compare_moods(ours), compare_moods(ruled)
    bars = f"{note}; {len(arousal.asked)} bars, computed pseudo-labels"
    return [
        BenchRow(
            "asked against measured arousal, Spearman",
            ON,
            arousal.agreement,
            0.8,
            anchors={"rule engine": by_rule.agreement},
            note=bars,
        ),
        BenchRow(
            "asked against measured tension, Spearman",
            ON,
            tension.agreement,
            0.6,
            anchors={"rule engine": strain.agreement},
            note=bars,
        ),
    ]


def _playing_rows(cues: Sequence[PracticeCue], ours: Sequence[Sketch]) -> list[BenchRow]:
    notes = sum(len(part.notes) for s in ours for part in s.parts)
    inside, outside = measure_talk_densities(cues, ours)
    lost = sum(s.scores["unplayed"] for s in ours)
    hollow = float(np.mean([s.scores.get("by rule", 1.0) for s in ours]))
    return [
        BenchRow(
            "notes out of range",
            ON,
            float(count_out_of_range(ours)),
            0.0,
            "==",
            note=f"of {notes}; {lost:.0f} of the short score nobody could take; {hollow:.0%} of free notes by rule",
        ),
        BenchRow(
            "melody onsets a second under dialogue over outside",
            ON,
            inside / max(outside, 1e-9),
            0.5,
            "<=",
            note=f"{inside:.2f} and {outside:.2f} a second, statements included",
        ),
    ]


def _parallels(ours: Sequence[Sketch], ruled: Sequence[Sketch], real: Sequence[Window]) -> BenchRow:
    corpus = float(np.mean([parallel_rate(w.notes) for w in real]))
    mine, by_rule = (float(np.mean([parallel_rate(s.notes) for s in found])) for found in (ours, ruled))
    return BenchRow(
        "parallel fifths and octaves of the outer voices, share of moves",
        ON,
        mine,
        corpus,
        "<=",
        anchors={"held-out orchestra": corpus, "rule engine": by_rule},
    )


def _likeness(real: Sequence[Window], taught: Sequence[Window], gram: WittenBell) -> list[BenchRow]:
    """Compare excerpts written to the plans of held-out music with that music."""
    spread = np.maximum(np.std([features(make_excerpt(w.notes, w.plan)) for w in taught], axis=0), 1e-6)
    original = [features(make_excerpt(w.notes, w.plan)) for w in real]
    writers: dict[str, Callable[[Window, int], list[Note]]] = {
        "net": write_window_by_net,
        "rule engine": write_window_by_rules,
        "4-gram": lambda w, k: write_window_by_ngram(w, gram, k),
    }
    written = {
        name: [features(make_excerpt(write(w, k), w.plan)) for k, w in enumerate(real)]
        for name, write in writers.items()
    }
    apart = {name: frechet_distance(found, original, spread) for name, found in written.items()}
    halves = frechet_distance(original[::2], original[1::2], spread)
    others = {name: value for name, value in apart.items() if name != "net"}
    on = f"{len(real)} excerpts of 8 bars, held-out orchestra"
    distance = BenchRow(
        "Fréchet distance of 18 features, net",
        on,
        apart["net"],
        min(others.values()),
        "<=",
        anchors={**others, "one half of the real ones to the other": halves},
        note="the net as sketches use it: what it leaves hollow is filled by rule",
    )
    return [distance, *(_feature_row(k, original, written, on) for k in range(3))]


def _feature_row(k: int, original: list[Floats], written: dict[str, list[Floats]], on: str) -> BenchRow:
    """Compare the mean of feature ``k`` with the corpus, in the corpus' standard deviations."""
    real = np.array([f[k] for f in original])
    mean, deviation = float(real.mean()), float(real.std())
    values = {who: float(np.mean([f[k] for f in found])) for who, found in written.items()}
    gaps = {who: abs(value - mean) / deviation for who, value in values.items()}
    gap = gaps.pop("net")
    note = f"net {values['net']:.3f}, corpus {mean:.3f} ± {deviation:.3f}"
    return BenchRow(f"{NAMES[k]}, standard deviations from the corpus", on, gap, 1.0, "<=", anchors=gaps, note=note)


def _row(note: Note) -> tuple[float, float, float, float]:
    return float(note.onset.quarters), float(note.duration), float(note.pitch), float(note.velocity)


def _ranks(values: Floats) -> Floats:
    """Rank with ties sharing their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray(((ends - counts + ends - 1) / 2)[inverse], dtype=np.float64)
