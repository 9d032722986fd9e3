"""``mix``: the music under the film's own sound, with room for the voice.

Levels are those of a review bounce: dialogue at -27 LUFS, the whole at -24 LUFS, true peak at most -2 dBTP. The music
is set so that a duck of 6 to 9 dB leaves it 8 LU below the speech of nearly every line; a line that needs more gets
more. Stems are never touched: the duck is an :class:`Automation`, written beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from model.observe.sound.loudness import SILENCE_LUFS
from model.progress import Progress, ignore_progress
from model.render.automation import Automation, DuckedStretch, Fade, draw_duck
from model.render.engine import BLOCK, Floats
from model.render.film_sound import FilmSound
from model.render.levels import (
    BusLevels,
    MixSettings,
    below_speech_of,
    duck_for,
    film_gain_for,
    find_music_gain,
    gated_loudness,
)
from model.render.loudness import SILENCE_DB, LoudnessMeter
from model.render.seconds import Spans, intersect_spans, subtract_spans
from model.render.stems import Stems

_FILM_FADE = Fade(lead_s=0.4, release_s=0.4, rest_s=0.0)
_SHORTEST_S = 1.0  # the film's sound is not lowered for less
_PEAK_MARGIN_DB = 0.1
_NEAR_LU = 1.0


@dataclass(frozen=True, slots=True)
class Mix:
    """The temp mix of a reel.

    Attributes
    ----------
    samples: length at 48 kHz, from the reel's first frame
    film_gain_db, music_gain_db: static gains of both buses, the trim of the whole included
    music_duck, film_duck: automation on top
    dialogue_lufs: loudness of the film's sound in its lines, after its gain; -70 without lines
    below_speech_lu: for each line with music under it, speech minus music
    """

    samples: int
    film: FilmSound | None
    cues: tuple[Stems, ...]
    film_gain_db: float
    music_gain_db: float
    music_duck: Automation
    film_duck: Automation
    integrated_lufs: float
    true_peak_dbtp: float
    dialogue_lufs: float
    below_speech_lu: tuple[float, ...] = ()
    cautions: tuple[str, ...] = ()

    def music(self, start: int, stop: int, *, duck: bool = True) -> Floats:
        """Music bus from sample ``start`` to ``stop`` of the reel: float32 [n, 2]; ``duck`` off gives it as written."""
        out = sum_music(self.cues, start, stop) * np.float32(10 ** (self.music_gain_db / 20))
        return out * self.music_duck.gains(start, stop - start) if duck else out

    def film_sound(self, start: int, stop: int) -> Floats:
        """Film bus from sample ``start`` to ``stop`` of the reel: float32 [n, 2], silence outside."""
        out = film_bus(self.film, start, stop) * np.float32(10 ** (self.film_gain_db / 20))
        return out * self.film_duck.gains(start, stop - start)

    def master(self, start: int, stop: int, *, duck: bool = True) -> Floats:
        """Return the master: both buses together."""
        return self.music(start, stop, duck=duck) + self.film_sound(start, stop)

    def blocks(self) -> Iterator[Floats]:
        """Yield the temp mix of the whole reel in blocks."""
        for start in range(0, self.samples, BLOCK):
            yield self.master(start, min(start + BLOCK, self.samples))


def sum_music(cues: Sequence[Stems], start: int, stop: int) -> Floats:
    """Sum of the cues between two samples of the reel: float32 [n, 2]."""
    out: Floats = np.zeros((stop - start, 2), np.float32)
    for cue in cues:
        at = cue.reel_sample
        first, last = max(at, start), min(at + cue.samples, stop)
        if first < last:
            out[first - start : last - start] += cue.mix(first - at, last - at)
    return out


def film_bus(film: FilmSound | None, start: int, stop: int) -> Floats:
    """Film's sound between two samples of the reel, silence outside: float32 [n, 2]."""
    out: Floats = np.zeros((stop - start, 2), np.float32)
    if film is not None:
        first, last = max(start, 0), min(stop, len(film.sound))
        if first < last:
            out[first - start : last - start] = film.sound[first:last]
    return out


def mix(
    cues: Sequence[Stems],
    film: FilmSound | None,
    samples: int,
    lines: Spans,
    *,
    existing: Spans = (),
    settings: MixSettings | None = None,
    progress: Progress = ignore_progress,
) -> Mix:
    """Mix the cues of a reel under its sound.

    Parameters
    ----------
    samples: length of the reel at 48 kHz
    lines: seconds of each line of dialogue, from and to
    existing: seconds where the film already has music
    """
    chosen = settings or MixSettings()
    spoken = [line for line in lines if film is not None and line[0] < line[1]]
    film_duck, cautions = _out_of_the_way(cues, film, spoken, existing, chosen)
    heard = _measure_buses(cues, film, film_duck, samples, progress)
    speech = gated_loudness(heard.film, spoken)
    film_gain = film_gain_for(heard, speech, chosen)
    heard = BusLevels(heard.film * 10 ** (film_gain / 10), heard.music)
    music_gain = find_music_gain(heard, spoken, chosen)
    draft = Mix(
        samples=samples,
        film=film,
        cues=tuple(cues),
        film_gain_db=film_gain,
        music_gain_db=music_gain,
        music_duck=duck_for(heard, spoken, music_gain, chosen),
        film_duck=film_duck,
        integrated_lufs=SILENCE_LUFS,
        true_peak_dbtp=SILENCE_DB,
        dialogue_lufs=speech + film_gain if spoken and speech > SILENCE_LUFS else SILENCE_LUFS,
        below_speech_lu=below_speech_of(heard, spoken, music_gain, chosen),
        cautions=cautions,
    )
    return _trim_peaks(draft, chosen, progress)


def _out_of_the_way(
    cues: Sequence[Stems], film: FilmSound | None, spoken: Spans, existing: Spans, settings: MixSettings
) -> tuple[Automation, tuple[str, ...]]:
    """Take the film's own music out of the way of ours: by its tracks if it is split, else by lowering its sound."""
    ours = [(float(cue.timebase.seconds(cue.cue_in)), float(cue.timebase.seconds(cue.out))) for cue in cues]
    both = intersect_spans(existing, ours)
    if film is None or not both:
        return Automation(), ()
    if film.music_free:
        return Automation(), ("The film's music track was left out of the temp mix.",)
    talk = [(start - _FILM_FADE.release_s, end + _FILM_FADE.lead_s) for start, end in spoken]
    free = [(a, b) for a, b in subtract_spans(both, talk) if b - a >= _SHORTEST_S]
    caution = (
        "The film's own music is mixed into its only sound track and cannot be taken out: between the lines its sound "
        f"goes down by {settings.film_db:.0f} dB under ours, and under the lines both may be heard."
    )
    return draw_duck([DuckedStretch(a, b, settings.film_db) for a, b in free], _FILM_FADE), (caution,)


def _measure_buses(
    cues: Sequence[Stems], film: FilmSound | None, film_duck: Automation, samples: int, progress: Progress
) -> BusLevels:
    film_meter, music_meter = LoudnessMeter(), LoudnessMeter()
    for start in range(0, samples, BLOCK):
        stop = min(start + BLOCK, samples)
        film_meter.push(film_bus(film, start, stop) * film_duck.gains(start, stop - start))
        music_meter.push(sum_music(cues, start, stop))
        progress("mix", start // 2, samples)
    return BusLevels(film_meter.steps, music_meter.steps)


def _trim_peaks(draft: Mix, settings: MixSettings, progress: Progress) -> Mix:
    """Measure the mix and lower it as a whole if its peaks are too high."""
    meter = LoudnessMeter()
    for done, block in enumerate(draft.blocks()):
        meter.push(block)
        progress("mix", min((draft.samples + done * BLOCK) // 2, draft.samples), draft.samples)
    peak, loudness = meter.true_peak_dbtp, meter.integrated_lufs
    trim = min(settings.peak_dbtp - _PEAK_MARGIN_DB - peak, 0.0)
    cautions = list(draft.cautions)
    if trim < 0:
        cautions.append(
            f"The whole was lowered by {-trim:.1f} dB to keep its true peak at {settings.peak_dbtp:g} dBTP."
        )
    if loudness > SILENCE_LUFS and abs(loudness + trim - settings.master_lufs) > _NEAR_LU:
        cautions.append(f"The mix is at {loudness + trim:.1f} LUFS, not at {settings.master_lufs:g}.")
    return replace(
        draft,
        film_gain_db=draft.film_gain_db + trim,
        music_gain_db=draft.music_gain_db + trim,
        integrated_lufs=loudness + trim if loudness > SILENCE_LUFS else SILENCE_LUFS,
        true_peak_dbtp=peak + trim,
        dialogue_lufs=draft.dialogue_lufs + trim if draft.dialogue_lufs > SILENCE_LUFS else SILENCE_LUFS,
        cautions=tuple(cautions),
    )
