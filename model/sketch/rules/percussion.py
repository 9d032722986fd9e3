"""Write the percussion: strokes on the hits, drums in lively bars, and a plucked note on soft hits.

Percussion is not in the short score; it follows from the plan. Pitches of the drum kit are General MIDI's.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from model.sketch.orchestra.players import Player, move_into_range
from model.sketch.plan.bars import GridBar
from model.sketch.plan.hits import PlannedHit
from model.sketch.plan.progression import chord_at
from model.sketch.rules.slots import SlotPlan
from model.sketch.sketch_types import PartNote, VoiceRole
from model.time import Beat

_BASS_DRUM_PITCH = 36  # of the General MIDI drum kit
_CYMBAL_PITCH = 49  # of the General MIDI drum kit
_CHINA_CYMBAL_PITCH = 52  # of the General MIDI drum kit, in place of a tam-tam
_TAIKO_PITCH = 48  # MIDI
_LOW_TAIKO_PITCH = 43  # MIDI
_TIMPANI_PITCH = 41  # MIDI; the root is tuned in the octave above it
_PLUCKED_PITCH = 60  # MIDI; the root is taken in the octave above it
_DRUMS_AROUSAL = 0.6  # of 0-1; from it on drums on the strong beats
_POUNDING_AROUSAL = 0.8  # of 0-1; from it on a bass drum and offbeats too
_CYMBAL_WEIGHT = 3.0  # of 5, of a hit with a cymbal
_HEAVIEST = 5.0  # weight of a hit; larger ones count as much
_HIT_VELOCITY = 2.0  # added to a hit
_WEIGHT_VELOCITY = 4.0  # added for each unit of weight
_CYMBAL_VELOCITY = -6.0  # added to a cymbal, which is loud anyway
_PLUCKED_VELOCITY = 4.0  # added to a plucked note
_BUTTON_WEIGHT = 2.0  # of the stroke on a button
_QUARTER = Fraction(1)
_EIGHTH = Fraction(1, 2)
_OFFBEATS = (Fraction(3, 2), Fraction(3))
_FILL = (Fraction(3, 2), Fraction(5, 2), Fraction(3), Fraction(7, 2))  # in the last bar of a phrase
_PLUCKED = ("harp", "celesta", "piano", "pizzicato", "glockenspiel", "guitar")
_STRUCK_TREATMENTS = frozenset({"accent", "dead hit", "sting", "change"})


def write_percussion(slot_plan: SlotPlan, players: Mapping[str, Player]) -> None:
    """Write the percussion and plucked notes for those of the players that are there."""
    for hit in slot_plan.plan.hits:
        if hit.treatment in _STRUCK_TREATMENTS:
            _strike_hit(slot_plan, players, hit)
        elif hit.treatment in {"soft", "hold"}:
            _pluck(slot_plan, players, hit.beat)
    for bar in slot_plan.plan.grid:
        bar_plan = slot_plan.plan.bars[bar.index]
        drummed = bar_plan.arousal >= _DRUMS_AROUSAL and not bar_plan.talk
        if drummed and bar_plan.function not in {"tail", "silence", "intro"}:
            _write_drums(slot_plan, players, bar, pounding=bar_plan.arousal >= _POUNDING_AROUSAL)
    if slot_plan.plan.ending.style == "button":
        onset = slot_plan.plan.ending.onset
        _strike_hit(slot_plan, players, PlannedHit("", onset, "accent", _BUTTON_WEIGHT, onset))


def _strike_hit(slot_plan: SlotPlan, players: Mapping[str, Player], hit: PlannedHit) -> None:
    """Strike a hit on timpani, taiko and drum kit, heavy ones with a cymbal; without these players it is plucked."""
    root = chord_at(slot_plan.plan.chords, hit.beat).root
    added = _HIT_VELOCITY + _WEIGHT_VELOCITY * min(hit.weight, _HEAVIEST)
    mark = "marcato" if hit.treatment == "dead hit" else "accent"
    _add_note(
        slot_plan, players, "timpani", hit.beat, _QUARTER, _TIMPANI_PITCH + (root - _TIMPANI_PITCH) % 12, added, mark
    )
    _add_note(slot_plan, players, "taiko", hit.beat, _QUARTER, _TAIKO_PITCH, added, mark)
    _add_note(slot_plan, players, "drums", hit.beat, _QUARTER, _BASS_DRUM_PITCH, added, mark)
    if hit.weight >= _CYMBAL_WEIGHT or hit.treatment == "sting":
        cymbal = _CHINA_CYMBAL_PITCH if hit.treatment == "sting" else _CYMBAL_PITCH
        _add_note(slot_plan, players, "drums", hit.beat, _QUARTER, cymbal, added + _CYMBAL_VELOCITY, mark)
    if not any(name in players for name in ("timpani", "taiko", "drums")):
        _pluck(slot_plan, players, hit.beat, added)


def _pluck(slot_plan: SlotPlan, players: Mapping[str, Player], beat: Beat, added: float = _PLUCKED_VELOCITY) -> None:
    """Mark a beat with one plucked or struck note, by the first player who can."""
    root = chord_at(slot_plan.plan.chords, beat).root
    for name in _PLUCKED:
        if name in players and _add_note(
            slot_plan, players, name, beat, _QUARTER, _PLUCKED_PITCH + (root - _PLUCKED_PITCH) % 12, added
        ):
            return


def _write_drums(slot_plan: SlotPlan, players: Mapping[str, Player], bar: GridBar, *, pounding: bool) -> None:
    """Write the drums of a lively bar: on the strong beats, and between them where it pounds or the phrase ends."""
    fill = bar.index % 4 == 3  # noqa: PLR2004 - the last bar of a phrase
    root = chord_at(slot_plan.plan.chords, bar.start).root
    _add_note(slot_plan, players, "timpani", bar.start, _QUARTER, _TIMPANI_PITCH + (root - _TIMPANI_PITCH) % 12, 0.0)
    strong = [Fraction(0), *([bar.half] if bar.half and bar.half < bar.length else [])]
    for position in strong:
        _add_note(
            slot_plan, players, "taiko", bar.start + position, _EIGHTH, _TAIKO_PITCH, 4.0 if not position else -4.0
        )
    if pounding or fill:
        for position in _FILL if fill else _OFFBEATS:
            if position < bar.length:
                _add_note(slot_plan, players, "taiko", bar.start + position, _EIGHTH, _LOW_TAIKO_PITCH, -12.0)
    if pounding:
        for position in strong:
            _add_note(slot_plan, players, "drums", bar.start + position, _EIGHTH, _BASS_DRUM_PITCH, 0.0)


def _add_note(
    slot_plan: SlotPlan,
    players: Mapping[str, Player],
    name: str,
    beat: Beat,
    length: Fraction,
    pitch: int,
    added: float,
    mark: str = "",
) -> bool:
    """Add one note if the player is there and free; it is cut at the music's end and left out of silences."""
    player = players.get(name)
    if player is None or any(h.treatment == "stop" and h.beat <= beat < h.until for h in slot_plan.plan.hits):
        return False
    duration = min(length, slot_plan.plan.end - beat)
    placed = move_into_range(pitch, player.instrument) if name != "drums" else pitch
    if placed is None or duration <= 0 or not player.has_room_for(beat, duration, placed):
        return False
    velocity = slot_plan.velocity(beat, VoiceRole.RHYTHM, added)
    player.add(PartNote(beat, duration, placed, velocity, VoiceRole.RHYTHM, mark))
    return True
