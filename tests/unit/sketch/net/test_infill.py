"""The rules of the bar hold whatever the net answers: here a net that answers at random."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.motifs.language import Chord, ThemeKey
from model.sketch.net.bar_rules import ROLE_RANGES, SINGLE
from model.sketch.net.decoder import CONTEXT, HEAD, HEADS, LAYERS, Decoder
from model.sketch.net.infill import STOP, TALK_SPARSE_SHARE, TALK_STILL_SHARE, InfillWriter, write_infill
from model.sketch.net.tokens import BAR, FIELD_OFFSETS, NO_CONDITION, POS_AT, VOCABULARY, Condition
from model.sketch.sketch_types import BarPlan, Note, VoiceRole
from model.time import Beat
from model.timing.tempo_map import Meter, Tempo, TempoMap

BARS = 6
MAP = TempoMap(Fraction(0), BARS, (Tempo(Beat(Fraction(0)), Fraction(90)),), (Meter(0), Meter(3, 3, 4), Meter(5, 7, 8)))
Array = npt.NDArray[np.float32]


class Noise:
    """A net that answers at random, the same to the same question, and keeps count of its cache."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.longest = 0

    def __call__(self, **fed: npt.NDArray[np.generic]) -> dict[str, Array]:
        tokens = np.asarray(fed["tokens"], np.int64)
        long = int(np.asarray(fed["count"], np.int64)) + tokens.shape[1]
        self.longest = max(self.longest, long)
        rng = np.random.default_rng((self.seed, int(tokens[0, -1]), long))
        keys = np.zeros((LAYERS, len(tokens), HEADS, HEAD, tokens.shape[1]), np.float32)
        logits = rng.normal(0, 3, (len(tokens), tokens.shape[1], VOCABULARY)).astype(np.float32)
        return {"logits": logits, "new_keys": keys, "new_values": keys.swapaxes(3, 4)}


def bar(number: int, **changes: object) -> BarPlan:
    plain: dict[str, object] = {
        "bar": number, "function": "development", "key": ThemeKey(9, "minor"), "density": 0.5, "dynamic": 70,
        "arousal": 0.5, "tension": 0.5, "valence": 0.0, "talk": 0.0,
    }  # fmt: skip
    return BarPlan(**{**plain, **changes})  # type: ignore[arg-type]


def chords() -> list[Chord]:
    starts = [MAP.bar_start(k).quarters for k in range(BARS + 1)]
    return [Chord(a, b - a, (9, 5, 0)[k % 3], "min7") for k, (a, b) in enumerate(pairwise(starts))]


def write(
    plan: Sequence[BarPlan], seed: int = 1, locked: Sequence[Note] = (), roles: Sequence[VoiceRole] = tuple(VoiceRole)
) -> list[Note]:
    notes, bits = InfillWriter(Noise(seed), seed, 1.0).write(plan, chords(), locked, MAP, roles)
    assert bits <= 0
    return notes


def within(notes: Sequence[Note], number: int) -> list[Note]:
    return [n for n in notes if MAP.bar_start(number) <= n.onset < MAP.bar_start(number + 1)]


def statement(role: VoiceRole = VoiceRole.MELODY) -> list[Note]:
    start = MAP.bar_start(1)
    return [Note(role, start + Fraction(k), Fraction(1), 69 + 2 * k, 90, locked=True) for k in range(3)]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_ranges_single_lines_and_the_end_hold(seed: int) -> None:
    notes = write([bar(k) for k in range(BARS)], seed)
    assert all(ROLE_RANGES[n.role][0] <= n.pitch <= ROLE_RANGES[n.role][1] for n in notes)
    assert all(n.onset >= Beat(Fraction(0)) and n.end <= MAP.end and n.duration > 0 for n in notes)
    assert all(1 <= n.velocity <= 127 and not n.locked for n in notes)
    for role in SINGLE:
        line = sorted((n for n in notes if n.role is role), key=lambda n: n.onset)
        assert all(a.end <= b.onset for a, b in pairwise(line))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 7))
def test_every_role_that_plays_lands_the_hit(seed: int, eighth: int) -> None:
    at = Fraction(eighth, 2)
    notes = within(write([bar(0), bar(1, hit="accent", hit_beats=(at,)), bar(2)], seed), 1)
    landing = MAP.bar_start(1) + at
    assert notes
    assert {n.role for n in notes} == {n.role for n in notes if n.onset == landing}


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_two_hits_in_one_bar_both_land(seed: int) -> None:
    beats = (Fraction(1), Fraction(5, 2))
    notes = write([bar(0, hit="sting", hit_beats=beats)], seed)
    assert {Beat(b) for b in beats} <= {n.onset for n in notes}


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_a_stop_and_a_silence_are_silent(seed: int) -> None:
    plan = [bar(0), bar(1, hit=STOP, hit_beats=(Fraction(2),)), bar(2, function="silence"), bar(3)]
    notes = write(plan, seed)
    stop, again = MAP.bar_start(1) + Fraction(2), MAP.bar_start(3)
    assert not [n for n in notes if n.onset < again and n.end > stop]
    assert within(notes, 3)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_dialogue_silences_the_melody_and_thins_the_rest(seed: int) -> None:
    notes = write([bar(k, talk=0.9) for k in range(BARS)], seed)
    assert not {n.role for n in notes} & {VoiceRole.MELODY, VoiceRole.COUNTER, VoiceRole.RHYTHM}
    for k in range(BARS):
        assert len({n.onset for n in within(notes, k)}) <= max(1, int(MAP.meter(k).quarters))
    assert TALK_STILL_SHARE <= TALK_SPARSE_SHARE


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_a_bar_with_a_theme_keeps_its_melody(seed: int) -> None:
    locked = statement()
    notes = write([bar(k) for k in range(3)], seed, locked)
    assert not [n for n in within(notes, 1) if n.role is VoiceRole.MELODY]
    assert not set(notes) & set(locked)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_locked_chords_are_read_in_their_place_and_not_returned(seed: int) -> None:
    locked = statement(VoiceRole.HARMONY)
    notes = within(write([bar(k) for k in range(3)], seed, locked, (VoiceRole.HARMONY, VoiceRole.BASS)), 1)
    assert {n.role for n in notes} <= {VoiceRole.HARMONY, VoiceRole.BASS}
    given_places = {(n.onset, n.pitch) for n in locked}
    assert not given_places & {(n.onset, n.pitch) for n in notes if n.role is VoiceRole.HARMONY}


def test_only_the_roles_asked_for_are_written() -> None:
    notes = write([bar(k) for k in range(BARS)], 5, roles=(VoiceRole.PAD,))
    assert {n.role for n in notes} == {VoiceRole.PAD}
    assert write([bar(k) for k in range(BARS)], 5, roles=()) == []


def test_the_seed_decides() -> None:
    plan = [bar(k) for k in range(BARS)]
    assert write(plan, 8) == write(plan, 8)
    assert write(plan, 8) != write(plan, 9)


def test_a_bar_longer_than_the_grid_is_written_in_parts() -> None:
    long = TempoMap(Fraction(0), 2, (Tempo(Beat(Fraction(0)), Fraction(60)),), (Meter(0, 12, 4),))
    notes, _ = InfillWriter(Noise(2), 2, 1.0).write([bar(0), bar(1)], [], [], long, tuple(VoiceRole))
    assert max(n.onset.quarters for n in notes) > 20
    assert all(n.end <= long.end for n in notes)


def test_the_context_is_never_exceeded() -> None:
    net = Noise(1)
    endless = TempoMap(Fraction(0), 60, (Tempo(Beat(Fraction(0)), Fraction(60)),))
    InfillWriter(net, 1, 1.0).write([bar(k) for k in range(60)], [], [], endless, tuple(VoiceRole))
    assert CONTEXT // 2 < net.longest <= CONTEXT


def test_a_decoder_reads_only_what_is_new() -> None:
    seen = list[int]()

    class Counting(Noise):
        def __call__(self, **fed: npt.NDArray[np.generic]) -> dict[str, Array]:
            seen.append(fed["tokens"].shape[1])
            return super().__call__(**fed)

    decoder = Decoder(Counting(0))
    decoder.begin_bar(48, NO_CONDITION)
    decoder.look()
    decoder.look()
    decoder.push(3)
    decoder.push(POS_AT)
    decoder.look()
    assert seen == [1, 2]
    assert decoder.stream.tokens[0] == BAR


def test_guidance_extrapolates_from_without_to_with_conditions() -> None:
    class ConditionCounter(Noise):
        def __call__(self, **fed: npt.NDArray[np.generic]) -> dict[str, Array]:
            answer = super().__call__(**fed)
            own = np.asarray(fed["fields"], np.int64)[:, -1] - FIELD_OFFSETS
            answer["logits"][:] = (own[:, 4:] > 0).sum(axis=1).astype(np.float32)[:, None, None]
            return answer

    condition = Condition(meter=1, tempo=3, arousal=5)
    plain, guided = Decoder(ConditionCounter(0)), Decoder(ConditionCounter(0), 2.5)
    for decoder in (plain, guided):
        decoder.begin_bar(48, condition)
    assert plain.look()[0] == 3
    assert guided.look()[0] == 7.5


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.integers(20, 110))
def test_the_dynamic_of_the_bar_is_kept(seed: int, dynamic: int) -> None:
    notes = write([bar(k, dynamic=dynamic) for k in range(3)], seed)
    assert all(abs(n.velocity - dynamic) <= 18 for n in notes)


def test_the_committed_net_writes_music_in_the_chord() -> None:
    plan = [bar(k, dynamic=64) for k in range(4)]
    first, bits = write_infill(plan, chords(), statement(), MAP, tuple(VoiceRole), 11)
    second, again = write_infill(plan, chords(), statement(), MAP, tuple(VoiceRole), 11)
    assert (first, bits) == (second, again)
    assert len(first) > 20
    tones = {0: {9, 0, 4, 7}, 1: {5, 8, 0, 3}, 2: {0, 3, 7, 10}, 3: {9, 0, 4, 7}}
    strong = [n for n in first if n.onset.quarters % 1 == 0]
    inside = [n for n in strong if n.pitch % 12 in tones[MAP.position(n.onset)[0]]]
    assert len(inside) / len(strong) > 0.6
    assert -15 < bits < -1


@pytest.mark.parametrize("temperature", [0.0, 2.0])
def test_any_temperature_works(temperature: float) -> None:
    notes, _ = InfillWriter(Noise(4), 4, temperature).write([bar(0)], chords(), [], MAP, tuple(VoiceRole))
    assert all(ROLE_RANGES[n.role][0] <= n.pitch <= ROLE_RANGES[n.role][1] for n in notes)
