from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import ThemeInvalid
from model.motifs import shapes
from model.motifs.degrees import degree_of, in_scale, pitch_of
from model.motifs.harmony import QUALITIES, chord_tones, harmonise
from model.motifs.language import STEPS, Character, Theme, ThemeKey, ThemeNote
from model.motifs.ornaments import ornament, simplify
from model.motifs.transforms import apply, harmonise_statement, sounding_key

F = Fraction
DURATIONS = st.sampled_from([F(1, 2), F(1), F(3, 2), F(2), F(3), F(1, 4)])
MODES = sorted(STEPS)
KEYS = st.builds(ThemeKey, st.integers(0, 11), st.sampled_from(MODES))


@st.composite
def melodies(draw: st.DrawFn, key: ThemeKey | None = None) -> tuple[ThemeNote, ...]:
    """A line without gaps around middle C; in the key's scale if one is given."""
    rows = draw(st.lists(st.tuples(DURATIONS, st.integers(-8, 12), st.integers(0, 2)), min_size=2, max_size=16))
    onset, notes = F(0), list[ThemeNote]()
    for duration, step, rest in rows:
        pitch = pitch_of(35 + step, key) if key else 60 + step
        notes.append(ThemeNote(onset, duration, pitch))
        onset += duration + (F(1, 2) if rest == 2 else 0)
    return tuple(notes)


def theme(notes: tuple[ThemeNote, ...], key: ThemeKey, meter: tuple[int, int] = (4, 4)) -> Theme:
    look = Character("arch", "even", "functional", "middle", "horn")
    return Theme("a", "A", "a", notes, key, (), shapes.length_of(notes), meter, 96.0, look, seed=3)


TUNE = tuple(
    ThemeNote(F(o), F(d), p)
    for o, d, p in ((0, 2, 60), (2, 1, 64), (3, 1, 62), (4, 2, 67), (6, 1, 65), (7, 1, 62), (8, 4, 60))
)
C = ThemeKey(0)


@given(st.integers(0, 127), KEYS)
def test_degree_and_back(pitch: int, key: ThemeKey) -> None:
    degree, alteration = degree_of(pitch, key)
    assert pitch_of(degree, key, alteration) == pitch
    assert (alteration == 0) == in_scale(pitch, key)


@given(melodies())
def test_retrograde_and_real_inversion_twice_give_the_theme(notes: tuple[ThemeNote, ...]) -> None:
    assert shapes.reverse(shapes.reverse(notes)) == notes
    assert shapes.invert_real(shapes.invert_real(notes)) == notes


@given(st.data(), KEYS)
def test_in_the_key_every_move_can_be_undone(data: st.DataObject, key: ThemeKey) -> None:
    notes = data.draw(melodies(key))
    steps = data.draw(st.integers(-14, 14))
    new = ThemeKey(key.tonic, data.draw(st.sampled_from(MODES)))
    assert shapes.invert_tonal(shapes.invert_tonal(notes, key), key) == notes
    assert shapes.transpose_in_key(shapes.transpose_in_key(notes, steps, key), -steps, key) == notes
    assert shapes.change_key(shapes.change_key(notes, key, new), new, key) == notes


@given(melodies(), st.sampled_from([F(2), F(3), F(3, 2), F(4)]))
def test_augment_then_diminish_gives_the_theme(notes: tuple[ThemeNote, ...], factor: Fraction) -> None:
    assert shapes.stretch(shapes.stretch(notes, factor), 1 / factor) == notes
    assert shapes.length_of(shapes.stretch(notes, factor)) == factor * shapes.length_of(notes)
    made = theme(notes, C)
    assert apply(made, (f"augment:{factor}", f"diminish:{factor}"), C) == notes


@given(st.data(), KEYS)
def test_mode_change_keeps_degrees_and_lands_in_the_new_scale(data: st.DataObject, key: ThemeKey) -> None:
    notes = data.draw(melodies(key))
    mode = data.draw(st.sampled_from(MODES))
    changed = apply(theme(notes, key), (f"mode:{mode}",), key)
    new = ThemeKey(key.tonic, mode)
    assert [degree_of(n.pitch, new) for n in changed] == [degree_of(n.pitch, key) for n in notes]


def test_the_leading_note_of_minor_is_the_seventh_of_major() -> None:
    notes = (ThemeNote(F(0), F(1), 69), ThemeNote(F(1), F(1), 68), ThemeNote(F(2), F(2), 69))
    assert [n.pitch for n in apply(theme(notes, ThemeKey(9, "minor")), ("mode:major",), ThemeKey(9, "minor"))] == [
        69,
        68,
        69,
    ]


@given(st.data(), KEYS, KEYS)
def test_stating_in_another_key_keeps_degrees_and_moves_by_a_tritone_at_most(
    data: st.DataObject, key: ThemeKey, new: ThemeKey
) -> None:
    notes = data.draw(melodies(key))
    stated = apply(theme(notes, key), (), new)
    assert [degree_of(n.pitch, new)[0] % 7 for n in stated] == [degree_of(n.pitch, key)[0] % 7 for n in notes]
    assert all(abs(a.pitch - b.pitch) <= 8 for a, b in zip(stated, notes, strict=True))
    assert apply(theme(notes, key), (), key) == notes


@given(melodies(), st.integers(0, 2**30))
def test_ornament_keeps_the_principal_notes_and_the_length(notes: tuple[ThemeNote, ...], seed: int) -> None:
    made = ornament(notes, C, seed)
    assert made == ornament(notes, C, seed)
    assert len(made) >= len(notes)
    assert shapes.length_of(made) == shapes.length_of(notes)
    assert {(n.onset, n.pitch) for n in notes} <= {(n.onset, n.pitch) for n in made}
    assert all(a.onset + a.duration <= b.onset for a, b in itertools.pairwise(made))


def test_simplify_takes_the_decoration_out_again() -> None:
    decorated = ornament(TUNE, C, 5)
    assert len(decorated) > len(TUNE)
    assert [n.pitch for n in simplify(decorated)] == [n.pitch for n in TUNE]
    assert simplify(TUNE) == TUNE


def test_fragments_begin_at_the_beginning() -> None:
    made = theme(TUNE, C)
    assert apply(made, ("head:3",), C) == TUNE[:3]
    last = apply(made, ("tail:2",), C)
    assert [(n.onset, n.pitch) for n in last] == [(0, 62), (1, 60)]
    assert {n.pitch for n in apply(made, ("rhythm",), C)} == {60}
    assert [n.onset for n in apply(made, ("rhythm",), C)] == [n.onset for n in TUNE]


def test_sequence_ostinato_and_canon_repeat_the_notes() -> None:
    made = theme(TUNE, C)
    twice = apply(made, ("head:3", "sequence:-1x2"), C)
    assert [n.pitch for n in twice] == [60, 64, 62, 59, 62, 60]
    assert [n.onset for n in twice] == [0, 2, 3, 4, 6, 7]
    four = apply(made, ("ostinato:4",), C)
    assert len(four) == 12
    assert [n.onset for n in four[::3]] == [0, 4, 8, 12]
    entry = apply(made, ("canon:2",), C)
    assert sorted((n.onset - 2, n.pitch + 12) for n in entry if n not in TUNE) == [(n.onset, n.pitch) for n in TUNE]


def test_words_apply_in_turn() -> None:
    made = theme(TUNE, C)
    assert apply(made, ("transpose:5", "transpose:-5", "octave:1", "octave:-1"), C) == TUNE
    assert apply(made, ("retrograde", "invert:real", "invert:real", "retrograde"), C) == TUNE
    assert [n.pitch for n in apply(made, ("mode:minor", "head:2"), C)] == [60, 63]
    assert sounding_key(("mode:minor", "transpose:7"), C) == ThemeKey(7, "minor")


@pytest.mark.parametrize(
    "word",
    [
        "", "backwards", "head", "head:0", "head:-1", "head:x", "augment:1", "augment:9", "augment:1/0", "diminish:0",
        "transpose:25", "transpose:1.5", "mode:happy", "mode", "invert", "invert:both", "sequence:1", "sequence:1x9",
        "sequence:8x2", "ostinato:65", "octave:5", "ornament:-1", "ornament:a", "canon:0", "canon:1/0", "canon:x",
        "canon:2@15", "retrograde:1", "reharmonise:jazz", "tail:99999999999999", "diatonic:²",
    ],
)  # fmt: skip
def test_unknown_words_and_numbers_out_of_range_are_refused(word: str) -> None:
    with pytest.raises(ThemeInvalid) as caught:
        apply(theme(TUNE, C), (word,), C)
    assert caught.value.hint or "needs" in caught.value.message or "no mode" in caught.value.message


def test_what_leaves_the_range_or_grows_without_end_is_refused() -> None:
    with pytest.raises(ThemeInvalid, match="range"):
        apply(theme(TUNE, C), ("octave:4", "octave:4"), C)
    with pytest.raises(ThemeInvalid, match="more than"):
        apply(theme(TUNE, C), ("ostinato:64", "sequence:0x8", "sequence:0x8"), C)


@given(st.data(), KEYS, st.integers(0, 99), st.sampled_from(["functional", "modal", "chromatic"]))
@settings(max_examples=60, deadline=None)
def test_harmony_is_gapless_ends_at_home_and_repeats_by_seed(
    data: st.DataObject, key: ThemeKey, seed: int, style: str
) -> None:
    notes = data.draw(melodies(key))
    found = harmonise(notes, key, seed, style=style)
    assert found == harmonise(notes, key, seed, style=style)
    assert found[0].onset == 0
    assert all(a.onset + a.duration == b.onset for a, b in itertools.pairwise(found))
    end = found[-1].onset + found[-1].duration
    assert end % 4 == 0
    assert 0 <= end - shapes.length_of(notes) < 4
    assert found[-1].root == key.tonic
    assert all(c.quality in QUALITIES for c in found)


def test_harmony_carries_the_strong_notes_of_a_plain_tune() -> None:
    found = harmonise(TUNE, C, 7)
    carried = [n for n in TUNE if n.onset % 2 == 0 and _under(found, n.onset) & {n.pitch % 12}]
    assert len(carried) >= 4
    assert (found[-1].root, found[-1].quality) == (0, "maj")


def _under(found: tuple[object, ...], onset: Fraction) -> set[int]:
    from model.motifs.language import Chord

    return {
        t for c in found if isinstance(c, Chord) and c.onset <= onset < c.onset + c.duration for t in chord_tones(c)
    }


def test_statement_chords_move_with_the_theme_or_are_found_anew() -> None:
    made = replace(theme(TUNE, C), chords=harmonise(TUNE, C, 3))
    moved = harmonise_statement(made, ("transpose:2",), C)
    assert [(c.root - 2) % 12 for c in moved] == [c.root for c in made.chords]
    assert harmonise_statement(made, ("mode:minor",), C)[-1].quality in {"min", "min7"}
    assert harmonise_statement(made, ("reharmonise:chromatic",), C) != made.chords


def test_no_melody_and_unknown_style_are_refused() -> None:
    with pytest.raises(ThemeInvalid):
        harmonise((), C, 1)
    with pytest.raises(ThemeInvalid):
        harmonise(TUNE, C, 1, style="jazz")
