"""Which audio track is what: the mix, or one of the split tracks a dubbing stage delivers.

A track whose title (or handler name) says DX, MX or FX carries that; ``dialogue_track`` overrides the names.
The mix is the file's default track that is named as none of them; two untitled mono tracks standing first are its
left and right. Without such a track the mix is the sum of the split tracks.

A stereo mix may be no stereo: many rough cuts carry dialogue and effects on the left side and the temp music on the
right. No name says so; a person does (:func:`with_sides`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from model.errors import TrackInvalid
from model.media.reel import AudioTrack

_ROLES = {
    "dialogue": re.compile(r"\b(dx|dia|dial|dlg|dialog|dialogs|dialogue|dialogues)\b"),
    "music": re.compile(r"\b(mx|mus|music|score)\b"),
    "effects": re.compile(r"\b(fx|sfx|efx|effects|foley|m ?& ?e|m and e)\b"),
}
_WORDS = re.compile(r"[\W_]+")
MIX, SIDES = "mix", "sides"
_STEREO = 2  # channels


@dataclass(frozen=True, slots=True)
class TrackUse:
    """What one track is decoded for.

    ``stem`` is the split feed it is part of, ``in_mix`` whether it is part of the mix, ``side`` the only side it
    plays on there: ``left``, ``right``, or ``both``. ``taken`` is what is taken of it: ``all``, or one side alone, to
    play on both.
    """

    track: int
    stem: str = ""
    in_mix: bool = True
    side: str = "both"
    taken: str = "all"


def role_of(title: str) -> str:
    """Read the role of a track from its title: exactly one of the split roles, else ``mix``.

    Examples
    --------
    >>> role_of("R1 DX stereo"), role_of("M&E"), role_of("Dialogue + Music"), role_of("SoundHandler")
    ('dialogue', 'effects', 'mix', 'mix')
    """
    plain = title.lower()
    words = f"{plain} {_WORDS.sub(' ', plain)}"
    found = [role for role, pattern in _ROLES.items() if pattern.search(words)]
    return found[0] if len(found) == 1 else MIX


def with_dialogue(tracks: tuple[AudioTrack, ...], dialogue_track: int | None) -> tuple[AudioTrack, ...]:
    """Give track number ``dialogue_track``, and no other, the dialogue; raise TrackInvalid if it is not there."""
    if dialogue_track is None:
        return tracks
    if not 0 <= dialogue_track < len(tracks):
        have = f"0 to {len(tracks) - 1}" if tracks else "none"
        message = f"There is no audio track {dialogue_track}."
        raise TrackInvalid(message, hint=f"The reel's audio tracks: {have}.")

    def _force_mix(track: AudioTrack) -> AudioTrack:
        if track.index == dialogue_track:
            return replace(track, role="dialogue")
        return replace(track, role=MIX) if track.role == "dialogue" else track

    return tuple(_force_mix(track) for track in tracks)


def with_sides(tracks: tuple[AudioTrack, ...], default: int = 0) -> tuple[AudioTrack, ...]:
    """Say that the mix has dialogue and effects on its left side and music on its right.

    Two untitled mono tracks standing first are the sides; else the file's default track, in stereo, has both.
    Raises TrackInvalid where there is neither.
    """
    mixes = [t for t in tracks if t.role == MIX]
    if _are_a_pair(mixes[:2]):
        told = {mixes[0].index, mixes[1].index}
    else:
        chosen = next((t for t in mixes if t.index == default), mixes[0] if mixes else None)
        if chosen is None or chosen.channels != _STEREO:
            message = f"The reel has no left and right side to tell apart: {_shape(chosen)}."
            raise TrackInvalid(message, hint="Take its sound as one mix.")
        told = {chosen.index}
    return tuple(replace(t, role=SIDES) if t.index in told else t for t in tracks)


def sides_of(tracks: tuple[AudioTrack, ...]) -> tuple[TrackUse, ...]:
    """Return dialogue with effects, then music, where a person told the sides apart; else nothing."""
    match [track.index for track in tracks if track.role == SIDES]:
        case [one]:
            return (TrackUse(one, stem="dialogue", taken="left"), TrackUse(one, stem="music", taken="right"))
        case [left, right]:
            return (TrackUse(left, stem="dialogue"), TrackUse(right, stem="music"))
        case _:
            return ()


def plan(tracks: tuple[AudioTrack, ...], default: int = 0, *, forced_first: bool = False) -> tuple[TrackUse, ...]:
    """Decide what each track is decoded for; tracks that serve nothing (dubs, commentary) are left out.

    Parameters
    ----------
    tracks: with their roles
    default: index of the track the file plays by default
    forced_first: the person named track 0 as dialogue: what follows it unnamed are then its split companions
    """
    if sides := sides_of(tracks):
        return sides
    stems = [t for t in tracks if t.role != MIX]
    mixes = [t for t in tracks if t.role == MIX]
    uses = [TrackUse(t.index, stem=t.role, in_mix=not mixes or forced_first) for t in stems]
    if forced_first:
        return tuple(uses + [TrackUse(t.index) for t in mixes])
    if not mixes:
        return tuple(uses)
    pair = mixes[:2]
    if _are_a_pair(pair):
        return (TrackUse(pair[0].index, side="left"), TrackUse(pair[1].index, side="right"), *uses)
    chosen = next((t for t in mixes if t.index == default), mixes[0])
    return (TrackUse(chosen.index), *uses)


def _are_a_pair(tracks: list[AudioTrack]) -> bool:
    return len(tracks) == _STEREO and all(t.channels == 1 and not t.title for t in tracks)


def _shape(mix: AudioTrack | None) -> str:
    if mix is None:
        return "there is no mix"
    return "its sound is mono" if mix.channels == 1 else f"its sound has {mix.channels} channels"
