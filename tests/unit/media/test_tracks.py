"""Track names are read as the dubbing stage writes them."""

from __future__ import annotations

import pytest

from model.errors import TrackInvalid
from model.media.reel import AudioTrack
from model.media.tracks import TrackUse, plan, role_of, with_dialogue, with_sides


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("DX", "dialogue"),
        ("R2_DIA_stereo", "dialogue"),
        ("Dialogue", "dialogue"),
        ("MX temp v3", "music"),
        ("Music & Score", "music"),
        ("SFX", "effects"),
        ("M&E", "effects"),
        ("foley.L", "effects"),
        ("Full mix", "mix"),
        ("DX MX FX", "mix"),
        ("", "mix"),
        ("Mixdown", "mix"),
        ("Boom Fxtures", "mix"),
    ],
)
def test_roles(title: str, role: str) -> None:
    assert role_of(title) == role


def tracks(*roles: str, channels: int = 2) -> tuple[AudioTrack, ...]:
    return tuple(AudioTrack(i, "", channels, 48_000, role) for i, role in enumerate(roles))


@pytest.mark.parametrize(
    ("roles", "default", "uses"),
    [
        ((), 0, ()),
        (("mix",), 0, (TrackUse(0),)),
        (("mix", "mix"), 1, (TrackUse(1),)),
        (("dialogue", "music"), 0, (TrackUse(0, "dialogue"), TrackUse(1, "music"))),
        (("mix", "dialogue"), 0, (TrackUse(0), TrackUse(1, "dialogue", in_mix=False))),
        (("dialogue", "mix", "mix"), 0, (TrackUse(1), TrackUse(0, "dialogue", in_mix=False))),
    ],
)
def test_plans(roles: tuple[str, ...], default: int, uses: tuple[TrackUse, ...]) -> None:
    assert plan(tracks(*roles), default) == uses


def test_two_bare_mono_tracks_are_a_pair() -> None:
    assert plan(tracks("mix", "mix", channels=1)) == (TrackUse(0, side="left"), TrackUse(1, side="right"))


def test_a_forced_first_track_is_one_of_several_split_ones() -> None:
    forced = with_dialogue(tracks("mix", "mix", "music"), 0)
    assert plan(forced, forced_first=True) == (TrackUse(0, "dialogue"), TrackUse(2, "music"), TrackUse(1))


def test_forcing_takes_the_role_from_others() -> None:
    assert [t.role for t in with_dialogue(tracks("dialogue", "mix"), 1)] == ["mix", "dialogue"]
    assert with_dialogue(tracks("dialogue"), None) == tracks("dialogue")
    with pytest.raises(TrackInvalid):
        with_dialogue((), 0)


def test_the_sides_of_the_mix_are_told_apart() -> None:
    told = with_sides(tracks("mix", "mix"), default=1)
    assert [track.role for track in told] == ["mix", "sides"]
    assert plan(told) == (TrackUse(1, "dialogue", taken="left"), TrackUse(1, "music", taken="right"))


def test_two_bare_mono_tracks_are_the_sides() -> None:
    told = with_sides(tracks("mix", "mix", "mix", "mix", channels=1))
    assert [track.role for track in told] == ["sides", "sides", "mix", "mix"]
    assert plan(told) == (TrackUse(0, "dialogue"), TrackUse(1, "music")), (
        "the others are nothing to us, as without sides"
    )


@pytest.mark.parametrize(
    "reel", [(), tracks("mix", channels=1), tracks("mix", channels=6), tracks("dialogue", "music")]
)
def test_without_sides_there_is_nothing_to_tell_apart(reel: tuple[AudioTrack, ...]) -> None:
    with pytest.raises(TrackInvalid, match="no left and right side") as told:
        with_sides(reel)
    assert "one mix" in told.value.hint
