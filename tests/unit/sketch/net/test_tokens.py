from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.sketch.net.tokens import (
    BAR,
    DURATIONS,
    END,
    FIELD_OFFSETS,
    FIELD_SIZES,
    FIELDS,
    GRID,
    HIGHEST,
    LONGEST_BAR,
    LOWEST,
    POS_AT,
    ROLES,
    TEMPI,
    VELOCITIES,
    VOCABULARY,
    Condition,
    RoleNote,
    TokenBar,
    TokenKind,
    TokenStream,
    allowed_tokens,
    bin_of,
    chord_id,
    decode,
    encode,
    group_by_role,
    inputs,
    kind_of,
    meter_id,
    snap_note,
    tempo_id,
)

conditions = st.builds(
    Condition,
    meter=st.integers(0, 15),
    tempo=st.integers(0, TEMPI),
    arousal=st.integers(0, 8),
    key=st.integers(0, 24),
    chord=st.integers(0, 109),
    second=st.integers(0, 109),
    following=st.integers(0, 109),
)


@st.composite
def bars(draw: st.DrawFn) -> TokenBar:
    length = draw(st.sampled_from([6, 18, 24, 36, 48, LONGEST_BAR]))
    note = st.builds(
        RoleNote,
        st.integers(0, len(ROLES) - 1),
        st.integers(0, length - 1),
        st.integers(1, 300),
        st.integers(0, 127),
        st.integers(1, 127),
    )
    return TokenBar(length, tuple(draw(st.lists(note, max_size=12))), draw(conditions))


def expected(bar: TokenBar) -> list[RoleNote]:
    return sorted(n for role in group_by_role(bar.notes) for n in role)


@settings(max_examples=60, deadline=None)
@given(st.lists(bars(), min_size=1, max_size=5), st.data())
def test_what_was_written_is_read_back(written: list[TokenBar], data: st.DataObject) -> None:
    given_roles = [data.draw(st.permutations(range(len(ROLES))).map(lambda p: p[:3])) for _ in written]
    stream = encode(written, given_roles)
    read = decode(stream.tokens[:-1], [bar.length for bar in written])
    assert [sorted(notes) for notes in read] == [expected(bar) for bar in written]
    assert stream.tokens[-1] == END


@settings(max_examples=60, deadline=None)
@given(st.lists(bars(), min_size=1, max_size=4))
def test_every_token_written_is_allowed_and_in_range(written: list[TokenBar]) -> None:
    whole = encode(written)
    stream, index = TokenStream(), 0
    for token in whole.tokens:
        assert allowed_tokens(stream)[token]
        if token == BAR:
            stream.begin_bar(written[index].length, written[index].condition)
            index += 1
        else:
            stream.push(token)
    assert stream.rows == whole.rows
    rows = np.array(whole.rows)
    assert (rows >= 0).all()
    assert (rows < np.array(FIELD_SIZES)).all()
    assert max(whole.tokens) < VOCABULARY


@given(conditions, st.integers(-5, 6))
def test_transposing_there_and_back_changes_nothing(condition: Condition, semitones: int) -> None:
    moved = condition.transpose(semitones)
    assert moved.transpose(-semitones) == condition
    assert (moved.meter, moved.tempo, moved.arousal) == (condition.meter, condition.tempo, condition.arousal)
    assert (moved.key == 0) == (condition.key == 0)


def test_transposing_moves_key_and_chords_together() -> None:
    c_minor = Condition(key=13, chord=chord_id(0, 1), second=chord_id(7, 5), following=chord_id(-1, 0))
    assert c_minor.transpose(2) == Condition(
        key=15, chord=chord_id(2, 1), second=chord_id(9, 5), following=chord_id(-1, 0)
    )


@given(st.integers(1, 400), st.integers(0, 127), st.integers(1, 127))
def test_snapping_keeps_the_pitch_class_and_is_final(dur: int, pitch: int, velocity: int) -> None:
    note = snap_note(RoleNote(0, 0, dur, pitch, velocity))
    assert LOWEST <= note.pitch <= HIGHEST
    assert note.pitch % 12 == pitch % 12
    assert note.dur in DURATIONS
    assert note.velocity in VELOCITIES
    assert snap_note(note) == note


def test_a_chord_has_one_position_and_only_tokens_for_what_changes() -> None:
    chord = tuple(RoleNote(3, 12, 12, pitch, 76) for pitch in (60, 64, 67))
    after = RoleNote(3, 24, 12, 72, 76)
    kinds = [kind_of(token) for token in encode([TokenBar(48, (*chord, after))]).tokens]
    first = [
        TokenKind.BAR,
        TokenKind.ROLE,
        TokenKind.POS,
        TokenKind.VEL,
        TokenKind.DUR,
        TokenKind.PITCH,
        TokenKind.PITCH,
        TokenKind.PITCH,
    ]
    assert kinds == [*first, TokenKind.POS, TokenKind.PITCH, TokenKind.END]


def test_what_sounds_is_known_across_the_bar_line() -> None:
    held = RoleNote(1, 36, 24, 48, 76)  # the last quarter and one more
    late = RoleNote(0, 0, 12, 67, 76)
    stream = encode([TokenBar(48, (held,)), TokenBar(48, (late, late._replace(pos=24)))])
    second = stream.tokens.index(BAR, 1)
    at = {stream.tokens[i]: stream.sounds[i] for i in range(second, len(stream.tokens))}
    assert at[POS_AT] == 1 << 0
    assert at[POS_AT + 24] == 0


def test_the_second_half_of_a_bar_carries_its_own_chord() -> None:
    condition = Condition(chord=5, second=17, following=30)
    notes = (RoleNote(0, 0, 12, 60, 76), RoleNote(0, 24, 12, 62, 76))
    stream = encode([TokenBar(48, notes, condition)])
    chords = {token: stream.rows[i][-2:] for i, token in enumerate(stream.tokens)}
    assert chords[POS_AT] == (5, 17)
    assert chords[POS_AT + 24] == (17, 30)


def test_inputs_have_the_shapes_the_net_reads() -> None:
    stream = encode([TokenBar(48, (RoleNote(0, 0, 12, 60, 76),))])
    fed = inputs(stream, 1, 4)
    assert fed["tokens"].shape == (1, 3)
    assert fed["fields"].shape == (1, 3, FIELDS)
    assert fed["sounds"].shape == (1, 3, 12)
    assert (np.asarray(fed["fields"], np.int64) >= FIELD_OFFSETS).all()
    assert len(FIELD_SIZES) == 4 + len(fields(Condition)) - 1


@pytest.mark.parametrize(
    "bar",
    [TokenBar(0, ()), TokenBar(LONGEST_BAR + 1, ()), TokenBar(24, (RoleNote(0, 24, 1, 60, 64),))],
)
def test_what_does_not_fit_the_grid_is_refused(bar: TokenBar) -> None:
    with pytest.raises(ValueError, match="fit the grid"):
        encode([bar])


def test_bins_cover_their_range() -> None:
    assert [bin_of(v, 0, 1, 4) for v in (-3, 0, 0.3, 0.5, 0.99, 7)] == [1, 1, 2, 3, 4, 4]
    assert meter_id(4, 4) == 1
    assert meter_id(17, 16) == meter_id(19, 16) > meter_id(5, 8)
    assert tempo_id(30) == 1 < tempo_id(90) < tempo_id(239) <= TEMPI
    assert GRID * 8 == LONGEST_BAR
