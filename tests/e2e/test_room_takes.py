"""Takes sound where they lie: what leaves the page is the temp mix, from each cue's in, and silence between."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import Route, expect
from scipy.signal import correlate

from model.render.bwf_read import read_bwf
from tests.e2e.conftest import Reel, spot
from tests.e2e.recording import RATE, Recording, Samples, record
from tests.e2e.test_room_access import until_done
from tests.unit.media.film_maker import Film, Sound

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from data_tools.service_bench.service import RunningService

FPS = 24
SECONDS = 12
PLAYED_S = 11.0
SAMPLES_A_FRAME = RATE // FPS
CUES = ((36, 84), (204, 252))  # frames: 1.5 to 3.5 s, and 8.5 to 10.5 s
FIELDS = (  # what makes the two sound unlike each other, and begin with a stroke on the very in
    {"in_type": "on cut", "tone": ["tense"], "palette": {"families": ["keys"], "featured": "piano", "leave_free": ""}},
    {"in_type": "on cut", "tone": ["warm"], "palette": {"families": ["keys"], "featured": "harp", "leave_free": ""}},
)
SILENCE = (7.6, 8.4)  # seconds: after the first take has rung out, before the second
AUDIBLE_DB, SILENT_DB = -50.0, -100.0  # full scale
SAME_LEVEL_DB = 0.5
ALIKE = 0.98  # correlation with the mix, at the best shift
MOVED_FRAMES = 3


@dataclass(frozen=True)
class Scored:
    """A reel with two takes, and its temp mix as delivered: float32 [n], mean of both sides, from the first frame."""

    reel: Reel
    mix: Samples


@pytest.fixture(scope="module")
def scored(server: RunningService, tmp_path_factory: pytest.TempPathFactory) -> Scored:
    """A silent film of which two cues are written, accepted and mixed."""
    folder: Path = tmp_path_factory.mktemp("takes")
    film = Film(frames=FPS * SECONDS, sounds=(Sound(seconds=SECONDS),)).write(folder / "two cues.mov")
    reel = spot(server, film)
    for cue in reel.notes["cues"]:
        reel.revise({"op": "remove-cue", "cue": cue["id"]})
    for start, end in CUES:
        reel.revise({"op": "add-cue", "in": start, "out": end})
    reel.revise(
        *(
            {"op": "set-cue", "cue": cue["id"], "fields": fields}
            for cue, fields in zip(reel.notes["cues"], FIELDS, strict=True)
        )
    )
    run_job(reel, "score", engine="rules")
    for take in takes_of(reel):
        assert server.ask("POST", f"/v1/takes/{take['id']}/accept").status == 200
    archive = server.ask("GET", f"/v1/jobs/{run_job(reel, 'deliver', what=['mix'])}/file").body
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        name = next(name for name in packed.namelist() if name.endswith("_TEMPMIX.wav"))
        sound, _ = read_bwf(folder / packed.extract(name, folder))
    return Scored(reel, sound.mean(axis=1))


def run_job(reel: Reel, kind: str, **params: Any) -> str:
    job = reel.server.ask("POST", "/v1/jobs", {"kind": kind, "reel": reel.id, "params": params}).body["id"]
    until_done(reel.server, job)
    return str(job)


def takes_of(reel: Reel) -> list[dict[str, Any]]:
    """The takes in the order of their cues."""
    return sorted(reel.ask("/takes")["items"], key=lambda take: take["record"]["span"]["in"])


def level_db(sound: Samples) -> float:
    """Root mean square against full scale."""
    return float(10 * np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-20))


def onset(sound: Samples) -> int:
    """The first sample of the first 5 ms that can be heard."""
    step = RATE // 200
    heard = [at for at in range(0, len(sound) - step, step) if level_db(sound[at : at + step]) > AUDIBLE_DB]
    assert heard, "nothing is heard"
    return heard[0]


def pitch_hz(sound: Samples) -> float:
    """The strongest frequency."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum) * RATE / len(sound))


def check_take(recording: Recording, mix: Samples, cue: tuple[int, int]) -> None:
    """Fail unless a take sounds from its cue's in, within a frame, as loud as in the mix, and is the one of the mix."""
    before, end = (cue[0] - FPS // 2) * SAMPLES_A_FRAME, cue[1] * SAMPLES_A_FRAME
    left, meant = recording.part(before, end), mix[before:end]
    frames_off = (before + onset(left)) / SAMPLES_A_FRAME - cue[0]
    assert abs(frames_off) <= 1, f"it sounds {frames_off:+.1f} frames from the cue's in"
    likeness = correlate(left, meant, "full") / np.sqrt(np.sum(left**2) * np.sum(meant**2))
    shift = (int(np.argmax(likeness)) - len(meant) + 1) / SAMPLES_A_FRAME
    assert abs(shift) <= 1, f"it lies {shift:+.1f} frames from where the mix has it"
    assert likeness.max() > ALIKE, f"it is not the music of the mix: {likeness.max():.2f}"
    assert abs(level_db(left) - level_db(meant)) < SAME_LEVEL_DB
    assert pitch_hz(left) == pytest.approx(pitch_hz(meant), rel=0.01)


def check_silence(recording: Recording, mix: Samples, start_s: float, end_s: float) -> None:
    """Fail unless nothing leaves the page where the mix is silent."""
    start, end = round(start_s * RATE), round(end_s * RATE)
    assert level_db(mix[start:end]) < SILENT_DB
    assert level_db(recording.part(start, end)) < SILENT_DB


def test_takes_sound_where_they_lie(owner: Callable[..., Page], scored: Scored) -> None:
    recording = record(owner(), scored.reel.room, PLAYED_S)
    for cue in CUES:
        check_take(recording, scored.mix, cue)
    check_silence(recording, scored.mix, 0.5, (CUES[0][0] - 4) / FPS)
    check_silence(recording, scored.mix, *SILENCE)


def test_a_misplaced_take_is_noticed_and_one_without_a_place_is_silent(
    owner: Callable[..., Page], scored: Scored
) -> None:
    """The same check refuses a take that was moved, and the room one of which it does not know where it lies."""

    def spoil(route: Route) -> None:
        answer = route.fetch()
        page = answer.json()
        first, second = sorted(page["items"], key=lambda take: take["record"]["span"]["in"])
        del first["record"]["start_s"]
        second["record"]["start_s"] += MOVED_FRAMES / FPS
        route.fulfill(response=answer, json=page)

    page = owner()
    page.context.route("**/v1/reels/*/takes*", spoil)
    recording = record(page, scored.reel.room, PLAYED_S)
    first, second = CUES
    with pytest.raises(AssertionError, match="frames from the cue's in"):
        check_take(recording, scored.mix, second)
    assert level_db(recording.part(RATE // 2, first[1] * SAMPLES_A_FRAME)) < SILENT_DB
    expect(page.get_by_role("alert").first).to_contain_text("does not say where on the reel it sounds")
