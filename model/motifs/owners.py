"""Who and what recurs in a film: people by face, voice and name, places by look, ideas by the cues' tone words.

All candidates are found and ordered by weight, how much of the film they take up; :func:`choose_owners` then keeps the
few that get a theme. Nobody is identified: a cluster of faces is "person A" until somebody gives the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from model.errors import SettingInvalid
from model.motifs.language import Owner, OwnerKind, make_slug
from model.motifs.settings import DeviseSettings
from model.observe.observations import Observations
from model.spotting.notes import Cue, Scene, SpottingNotes
from model.time import Frame, Span

_PRESENCE_GAP_S = 4.0
_FACE_HOLD_S = 1.5
_LEAST_APPEARANCES = 2  # what is there only once does not recur
_SAME_PLACE_SIMILARITY = 0.85  # cosine of two scenes' mean embeddings; 1 = the same look
_OTHER_PLACE_DROP = 0.1  # by how much less alike a scene between the two must be
_SEEN_SPEAKING_SHARE = 0.5
_UNNAMED_VOICE = re.compile(r"voice [A-Z]+|unknown|", re.IGNORECASE)
_VOICE_WEIGHT = 0.4  # of a voice without a name or face, beside a named speaker's 1
_PLACE_WEIGHT = 0.35  # of a place for its share of the scenes, beside a person's 1
_IDEA_WEIGHT = 0.8  # of an idea for its share of the music, beside a person's 1
_FACE_SHARE_WEIGHT = 0.75  # of a person's weight; the rest is the share of scenes they are in
_JOURNEY_WEIGHT = 0.3  # of the idea that stands in where no cue has a tone
_TONE_WORD_WEIGHTS = (1.0, 0.6, 0.4)  # of a cue's first, second and third word
_IDEAS: dict[str, tuple[str, frozenset[str]]] = {  # name: (what it is about, tone words)
    "the threat": ("danger", frozenset({"ominous", "tense", "suspenseful", "dangerous", "eerie", "violent"})),
    "the conflict": ("struggle", frozenset({"dramatic", "urgent", "driving", "restless"})),
    "the mystery": ("a question", frozenset({"mysterious", "questioning", "sneaky"})),
    "the heart": ("feeling", frozenset({"tender", "warm", "gentle", "hopeful", "light", "playful"})),
    "the loss": ("absence", frozenset({"lonely", "somber", "still"})),
    "the triumph": ("greatness", frozenset({"grand", "sweeping", "upbeat"})),
}
CONFLICT_TONES = _IDEAS["the conflict"][1] | _IDEAS["the threat"][1]


def find_owners(notes: SpottingNotes, observations: Observations | None) -> tuple[Owner, ...]:
    """Find everybody and everything that recurs, the heaviest first; there is always at least one idea."""
    people = _find_faces(observations, notes) if observations is not None else _find_people_of_notes(notes)
    people = _add_voices(people, notes)
    places = _find_place(observations, notes.scenes) if observations is not None else []
    found = [*people, *places, *_find_ideas(notes)]
    return tuple(sorted(found, key=lambda o: (-o.weight, o.id)))


def adjust_owners(owners: Sequence[Owner], settings: DeviseSettings) -> tuple[Owner, ...]:
    """Merge, drop, name and add owners as the user asked; raises SettingInvalid for an owner that does not exist."""
    kept = list(owners)
    for name, into in settings.merge:
        merged, target = _require_owner(name, kept), _require_owner(into, kept)
        if merged.id != target.id:
            kept = [_merge_owners(target, merged) if o.id == target.id else o for o in kept if o.id != merged.id]
    for name in settings.drop:
        dropped = _require_owner(name, kept)
        kept = [o for o in kept if o.id != dropped.id]
    for name, new in settings.names.items():
        old = _require_owner(name, kept)
        kept = [replace(o, name=new.strip() or o.name) if o.id == old.id else o for o in kept]
    kept = [*(o for o in kept if o.id not in {a.id for a in settings.add}), *settings.add]
    return tuple(sorted(kept, key=lambda o: (-o.weight, o.id)))


def owner_of(name: str, owners: Sequence[Owner]) -> Owner | None:
    """Find the owner of an id or a name, in capitals or not; None if there is none."""
    wanted = name.strip().casefold()
    found = [o for o in owners if wanted in {o.id.casefold(), o.name.casefold()}]
    return found[0] if found else next((o for o in owners if o.id == make_slug(name)), None)


def choose_owners(owners: Sequence[Owner], most: int, always: Iterable[str] = ()) -> tuple[Owner, ...]:
    """Choose the owners that get a theme, ``most`` at most, the heaviest first.

    Those of the ids ``always`` are kept, then the heaviest; one of them is an idea if there is room for one.
    """
    required = [o for o in owners if o.id in set(always)]
    rest = [o for o in owners if o not in required]
    chosen = [*required, *rest[: max(0, most - len(required))]]
    ideas = [o for o in rest if o.kind is OwnerKind.IDEA]
    has_idea = any(o.kind is OwnerKind.IDEA for o in chosen)
    if most > 1 and ideas and not has_idea and len(chosen) > max(1, len(required)):
        chosen[-1] = ideas[0]
    return tuple(sorted(chosen, key=lambda o: (-o.weight, o.id)))


def _require_owner(name: str, owners: Sequence[Owner]) -> Owner:
    found = owner_of(name, owners)
    if found is None:
        known = ", ".join(o.name for o in owners) or "nobody"
        raise SettingInvalid(f"Nobody is called {name!r:.60}.", hint=f"Known: {known}.")
    return found


def _merge_owners(kept: Owner, merged: Owner) -> Owner:
    return replace(
        kept,
        presence=join_spans([*kept.presence, *merged.presence], 0),
        weight=min(1.0, kept.weight + merged.weight),
        why=f"{kept.why}; the same as {merged.name}",
    )


def join_spans(spans: Iterable[Span], gap: int) -> tuple[Span, ...]:
    """Join spans that overlap or are at most ``gap`` frames apart."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        if found and span.start - found[-1].end <= gap:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return tuple(found)


def _find_faces(observations: Observations, notes: SpottingNotes) -> list[Owner]:
    """Find the clusters of faces that are seen at least twice or in two scenes."""
    rate = notes.reel.timebase.rate
    hold, gap = int(_FACE_HOLD_S * rate), int(_PRESENCE_GAP_S * rate)
    faces = [f for f in observations.faces.faces if f.person >= 0]
    found: list[Owner] = []
    for number, person in enumerate(observations.faces.people):
        frames = [f.frame for f in faces if f.person == number]
        spans = join_spans([Span(f, min(f + hold, Frame(max(notes.reel.frames, f.index + 1)))) for f in frames], gap)
        scenes = [s for s in notes.scenes if any(s.span.overlap(p) for p in spans)]
        if len(spans) < _LEAST_APPEARANCES and len(scenes) < _LEAST_APPEARANCES:
            continue
        share = len(frames) / len(faces)
        scene_share = len(scenes) / max(1, len(notes.scenes))
        weight = min(1.0, _FACE_SHARE_WEIGHT * share + (1 - _FACE_SHARE_WEIGHT) * scene_share)
        why = f"on screen {len(spans)} times in {len(scenes)} scenes, {share:.0%} of the faces"
        found.append(Owner(make_slug(person.name), person.name, OwnerKind.PERSON, spans, round(weight, 3), why))
    return found


def _find_people_of_notes(notes: SpottingNotes) -> list[Owner]:
    """Find the people whom scenes and cues of the notes name at least twice; used where there are no observations."""
    spans: dict[str, list[Span]] = {}
    groups = [*((s.people, s.span) for s in notes.scenes), *((c.characters, c.span) for c in notes.cues)]
    for people, span in groups:
        for name in people:
            spans.setdefault(name, []).append(span)
    frames = max(1, notes.reel.frames)
    found: list[Owner] = []
    for name, named_in in sorted(spans.items()):
        if len(named_in) < _LEAST_APPEARANCES:
            continue
        presence = join_spans(named_in, 0)
        weight = round(min(1.0, sum(s.frames for s in presence) / frames), 3)
        why = f"in {len(named_in)} scenes and cues"
        found.append(Owner(make_slug(name), name, OwnerKind.PERSON, presence, weight, why))
    return found


def _add_voices(people: list[Owner], notes: SpottingNotes) -> list[Owner]:
    """Name people after the speakers heard while they are seen; speakers without a face become people of their own."""
    lines: dict[str, list[Span]] = {}
    for line in notes.dialogue:
        if line.speaker.strip():
            lines.setdefault(line.speaker.strip(), []).append(line.span)
    line_count = max(1, sum(len(spans) for spans in lines.values()))
    known = {p.name.casefold() for p in people}
    for name, spans in sorted(lines.items()):
        face = None if name.casefold() in known else _face_of_speaker(name, lines, people)
        unnamed = _UNNAMED_VOICE.fullmatch(name) is not None
        if name.casefold() in known or len(spans) < _LEAST_APPEARANCES or (unnamed and face is not None):
            continue
        share = len(spans) / line_count
        if face is not None:
            renamed = replace(face, name=name, why=f"{face.why}; {name} speaks while they are seen")
            people = [renamed if p.id == face.id else p for p in people]
        else:
            presence = join_spans(spans, int(_PRESENCE_GAP_S * notes.reel.timebase.rate))
            why = f"speaks {len(spans)} lines, {share:.0%} of the talk"
            weight = round((_VOICE_WEIGHT if unnamed else 1.0) * share, 3)
            people = [*people, Owner(make_slug(name), name, OwnerKind.PERSON, presence, weight, why)]
    return people


def _face_of_speaker(name: str, lines: dict[str, list[Span]], people: Sequence[Owner]) -> Owner | None:
    """Find the person seen in at least half of a speaker's lines, and in no other speaker's lines more often."""

    def share_seen(person: Owner, spans: Sequence[Span]) -> float:
        return sum(any(s.overlap(p) for p in person.presence) for s in spans) / len(spans)

    ranked = sorted(people, key=lambda p: (-share_seen(p, lines[name]), p.id))
    if not ranked or share_seen(ranked[0], lines[name]) < _SEEN_SPEAKING_SHARE:
        return None
    others = [share_seen(ranked[0], spans) for speaker, spans in lines.items() if speaker != name]
    return ranked[0] if share_seen(ranked[0], lines[name]) >= max(others, default=0.0) else None


def _find_place(observations: Observations, scenes: Sequence[Scene]) -> list[Owner]:
    """Find the place the film leaves and comes back to: two scenes that look alike with a different one between."""
    shots, vectors = observations.shots, observations.embeddings.vectors
    if len(vectors) != len(shots) or len(scenes) < 3:  # noqa: PLR2004 - there, away, back
        return []
    looks: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = []
    for scene in scenes:
        weights = np.array([float(shot.overlap(scene.span)) for shot in shots])
        mean = weights @ vectors.astype(np.float64)
        looks.append(mean / max(float(np.linalg.norm(mean)), 1e-9))
    alike = np.array([[float(a @ b) for b in looks] for a in looks])
    best: tuple[float, int, int] | None = None
    for i in range(len(scenes)):
        for j in range(i + 2, len(scenes)):
            between = min(max(alike[i, k], alike[k, j]) for k in range(i + 1, j))
            comes_back = alike[i, j] >= _SAME_PLACE_SIMILARITY and between <= alike[i, j] - _OTHER_PLACE_DROP
            if comes_back and (best is None or alike[i, j] > best[0]):
                best = (float(alike[i, j]), i, j)
    if best is None:
        return []
    _, i, j = best
    spans = join_spans([scenes[i].span, scenes[j].span], 0)
    weight = _PLACE_WEIGHT * sum(s.frames for s in spans) / max(1, sum(s.span.frames for s in scenes))
    why = f"scenes {scenes[i].number} and {scenes[j].number} look alike, with another place between them"
    name = f"place of scene {scenes[i].number}"
    return [Owner(make_slug(name), name, OwnerKind.PLACE, spans, round(weight, 3), why)]


def _find_ideas(notes: SpottingNotes) -> list[Owner]:
    """Find what the cues are about by their tone words; where no cue has one, the idea is the film's journey."""
    total = max(1, sum(c.span.frames for c in notes.cues))
    found: list[Owner] = []
    for name, (about, words) in _IDEAS.items():
        cues = [(c, _share_of_words(c, words)) for c in notes.cues]
        spans = [c.span for c, share in cues if share > 0]
        weight = _IDEA_WEIGHT * sum(c.span.frames * share for c, share in cues) / total
        if spans:
            tones = sorted({w for c in notes.cues for w in c.tone if w in words})
            verb = "is" if len(spans) == 1 else "are"
            count = "the one cue" if len(notes.cues) == 1 else f"{len(spans)} of {len(notes.cues)} cues"
            why = f"{about}: {count} {verb} {' or '.join(tones)}"
            found.append(Owner(make_slug(name), name, OwnerKind.IDEA, join_spans(spans, 0), round(weight, 3), why))
    if found:
        return found
    presence = tuple(c.span for c in notes.cues)
    why = "the film itself: no cue says its tone"
    return [Owner("the-journey", "the journey", OwnerKind.IDEA, presence, _JOURNEY_WEIGHT, why)]


def _share_of_words(cue: Cue, words: frozenset[str]) -> float:
    """Share of a cue's tone that these words make up, 0-1; its first word counts most."""
    weighted = list(zip(cue.tone, _TONE_WORD_WEIGHTS, strict=False))
    return sum(w for tone, w in weighted if tone in words) / max(sum(w for _, w in weighted), 1e-9)
