"""Make a film from a seed: write the script, stage it, draw it, mix it, encode it, and write its truth beside it."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from data_tools.films.picture import FrameRenderer
from data_tools.films.plan import FilmPlan, Join, Shot
from data_tools.films.record import truth_of
from data_tools.films.script import Profile, write_script
from data_tools.films.sound import Stereo, mix_film
from data_tools.films.staging import stage_script
from data_tools.films.truth import Truth, write_truth

RATE_24 = Fraction(24)
_AAC_BLOCK_SAMPLES = 1024
_TRANSITION_SHARE = 0.42  # of a shot, that one transition may take at either end


def make_film(
    seed: int,
    path: Path,
    *,
    seconds: float = 150.0,
    rate: Fraction = RATE_24,
    size: tuple[int, int] = (640, 360),
    start_timecode: str = "01:00:00:00",
    profile: Profile = "mixed",
) -> Truth:
    """Write a film of about ``seconds`` to ``path`` (.mp4 or .mov) and, beside it, its truth, which is returned.

    The same arguments write the same bytes. ``;`` before the frames of ``start_timecode`` means drop-frame.
    """
    script = write_script(np.random.default_rng((seed, 1)), seconds, profile)
    plan = limit_transitions(stage_script(script, seed, rate))
    return render(plan, path, profile=profile, start_timecode=start_timecode, size=size)


def render(plan: FilmPlan, path: Path, *, profile: str, start_timecode: str, size: tuple[int, int]) -> Truth:
    """Draw, mix and encode a plan; a failure leaves no partial film or truth behind."""
    truth = truth_of(plan, profile=profile, start_timecode=start_timecode, size=size)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        _encode(partial, plan, FrameRenderer(plan, size), mix_film(plan), start_timecode)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    write_truth(truth, path.with_suffix(".truth.json"))
    return truth


def limit_transitions(plan: FilmPlan) -> FilmPlan:
    """Shorten transitions that take too much of a shot, and drop flashes too close to a change of shot."""
    shots = list(plan.shots)
    for number, shot in enumerate(shots):
        if number and shot.join.frames:
            shots[number] = replace(shot, join=_shorten(shot, shots[number - 1]))
    edges = [s.start for s in shots] + [plan.frames]
    reach = {s.start: s.join.frames for s in shots}
    flashes = [f for f in plan.flashes if all(abs(f - e) > 4 + reach.get(e, 0) for e in edges)]
    return replace(plan, shots=tuple(shots), flashes=tuple(flashes))


def _shorten(shot: Shot, before: Shot) -> Join:
    own, old = int(_TRANSITION_SHARE * (shot.end - shot.start)), int(_TRANSITION_SHARE * (before.end - before.start))
    most = {"fade_in": own, "fade_out": old}.get(shot.join.kind, 2 * min(own, old))
    return replace(shot.join, frames=max(3, min(shot.join.frames, most)))


def _encode(path: Path, plan: FilmPlan, projector: FrameRenderer, sound: Stereo, start_timecode: str) -> None:
    """Encode single-threaded, so that the bytes repeat; picture and sound are interleaved second by second."""
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        container.metadata["timecode"] = start_timecode
        video = container.add_stream(
            "libx264", rate=plan.rate, options={"preset": "superfast", "crf": "22", "threads": "1"}
        )
        video.width, video.height, video.pix_fmt = *projector.size, "yuv420p"
        video.codec_context.thread_count = 1
        video.time_base = 1 / plan.rate
        video.metadata["timecode"] = start_timecode
        audio = container.add_stream("aac", rate=48_000, layout="stereo")
        audio.bit_rate = 160_000
        done = 0
        for number, image in enumerate(projector.frames()):
            picture = av.VideoFrame.from_ndarray(image, format="yuv420p")
            picture.pts, picture.time_base = number, 1 / plan.rate
            container.mux(video.encode(picture))
            until = math.floor((number + 1) / plan.rate * 48_000 / _AAC_BLOCK_SAMPLES) * _AAC_BLOCK_SAMPLES
            if number + 1 == plan.frames:
                until = len(sound)
            for first in range(done, until, _AAC_BLOCK_SAMPLES):
                block = sound[first : min(first + _AAC_BLOCK_SAMPLES, until)]
                heard = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout="stereo")
                heard.sample_rate, heard.pts, heard.time_base = 48_000, first, Fraction(1, 48_000)
                container.mux(audio.encode(heard))
            done = until
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
