"""Who and what recurs: people by face, voice and name, places by look, ideas by what the cues are for.

Owners are found generously and ordered by how much the film is theirs; :func:`choose` then keeps the few that get a
theme. Nothing here knows who anybody is: a face cluster is "person A" until somebody says the name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from model.errors import SettingInvalid
from model.motifs.language import Owner, OwnerKind
from model.motifs.settings import DeviseSettings
from model.observe.observations import Observations
from model.spotting.notes import Cue, Scene, SpottingNotes
from model.time import Frame, Span

_GAP_S, _HOLD_S = 4.0, 1.5
_RECURS = 2
_ALIKE, _BETWEEN = 0.85, 0.1
_TOGETHER = 0.5
_VOICE = re.compile(r"voice [A-Z]+|unknown|", re.IGNORECASE)
_VOICE_WEIGHT, _PLACE_WEIGHT, _IDEA_WEIGHT = 0.4, 0.35, 0.8
_IDEAS: dict[str, tuple[str, frozenset[str]]] = {
    "the threat": ("danger", frozenset({"ominous", "tense", "suspenseful", "dangerous", "eerie", "violent"})),
    "the conflict": ("struggle", frozenset({"dramatic", "urgent", "driving", "restless"})),
    "the mystery": ("a question", frozenset({"mysterious", "questioning", "sneaky"})),
    "the heart": ("feeling", frozenset({"tender", "warm", "gentle", "hopeful", "light", "playful"})),
    "the loss": ("absence", frozenset({"lonely", "somber", "still"})),
    "the triumph": ("greatness", frozenset({"grand", "sweeping", "upbeat"})),
}
CONFLICT = _IDEAS["the conflict"][1] | _IDEAS["the threat"][1]


def slug(text: str) -> str:
    """Make an id that is safe in file names."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "owner"


def find_owners(notes: SpottingNotes, observations: Observations | None) -> tuple[Owner, ...]:
    """Find everybody and everything that recurs, the weightiest first; there is always at least one idea."""
    people = _faces(observations, notes) if observations is not None else _people_of_notes(notes)
    people = _with_voices(people, notes)
    places = _places(observations, notes.scenes) if observations is not None else []
    found = [*people, *places, *_ideas(notes)]
    return tuple(sorted(found, key=lambda o: (-o.weight, o.id)))


def adjust(owners: Sequence[Owner], settings: DeviseSettings) -> tuple[Owner, ...]:
    """Merge, drop, name and add what the user said; raises SettingInvalid for an owner that nobody is."""
    kept = list(owners)
    for one, other in settings.merge:
        a, b = _named(one, kept), _named(other, kept)
        if a.id != b.id:
            kept = [_merged(b, a) if o.id == b.id else o for o in kept if o.id != a.id]
    for name in settings.drop:
        gone = _named(name, kept)
        kept = [o for o in kept if o.id != gone.id]
    for name, new in settings.names.items():
        old = _named(name, kept)
        kept = [replace(o, name=new.strip() or o.name) if o.id == old.id else o for o in kept]
    kept = [*(o for o in kept if o.id not in {a.id for a in settings.add}), *settings.add]
    return tuple(sorted(kept, key=lambda o: (-o.weight, o.id)))


def owner_of(name: str, owners: Sequence[Owner]) -> Owner | None:
    """Find an owner by id or name, in capitals or not."""
    wanted = name.strip().casefold()
    found = [o for o in owners if wanted in {o.id.casefold(), o.name.casefold()}]
    return found[0] if found else next((o for o in owners if o.id == slug(name)), None)


def choose(owners: Sequence[Owner], most: int, always: Iterable[str] = ()) -> tuple[Owner, ...]:
    """Keep those that get a theme: whoever must, then the weightiest, with one idea among them if there is room."""
    sure = [o for o in owners if o.id in set(always)]
    rest = [o for o in owners if o not in sure]
    chosen = [*sure, *rest[: max(0, most - len(sure))]]
    ideas = [o for o in rest if o.kind is OwnerKind.IDEA]
    if most > 1 and ideas and not any(o.kind is OwnerKind.IDEA for o in chosen) and len(chosen) > max(1, len(sure)):
        chosen[-1] = ideas[0]
    return tuple(sorted(chosen, key=lambda o: (-o.weight, o.id)))


def _named(name: str, owners: Sequence[Owner]) -> Owner:
    found = owner_of(name, owners)
    if found is None:
        known = ", ".join(o.name for o in owners) or "nobody"
        raise SettingInvalid(f"Nobody is called {name!r:.60}.", hint=f"Known: {known}.")
    return found


def _merged(kept: Owner, gone: Owner) -> Owner:
    presence = joined([*kept.presence, *gone.presence], 0)
    return replace(
        kept,
        presence=presence,
        weight=min(1.0, kept.weight + gone.weight),
        why=f"{kept.why}; the same as {gone.name}",
    )


def joined(spans: Iterable[Span], gap: int) -> tuple[Span, ...]:
    """Join spans that overlap or lie at most ``gap`` frames apart."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        if found and span.start - found[-1].end <= gap:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return tuple(found)


def _faces(observations: Observations, notes: SpottingNotes) -> list[Owner]:
    rate = notes.reel.timebase.rate
    hold, gap = int(_HOLD_S * rate), int(_GAP_S * rate)
    seen = [f for f in observations.faces.faces if f.person >= 0]
    found: list[Owner] = []
    for number, person in enumerate(observations.faces.people):
        frames = [f.frame for f in seen if f.person == number]
        spans = joined([Span(f, min(f + hold, Frame(max(notes.reel.frames, f.index + 1)))) for f in frames], gap)
        scenes = [s for s in notes.scenes if any(s.span.overlap(p) for p in spans)]
        if len(spans) < _RECURS and len(scenes) < _RECURS:
            continue
        share = len(frames) / len(seen)
        weight = min(1.0, 0.75 * share + 0.25 * len(scenes) / max(1, len(notes.scenes)))
        why = f"on screen {len(spans)} times in {len(scenes)} scenes, {share:.0%} of the faces"
        found.append(Owner(slug(person.name), person.name, OwnerKind.PERSON, spans, round(weight, 3), why))
    return found


def _people_of_notes(notes: SpottingNotes) -> list[Owner]:
    """Without observations: the people the notes name, where their scenes and cues are."""
    spans: dict[str, list[Span]] = {}
    named = [*((s.people, s.span) for s in notes.scenes), *((c.characters, c.span) for c in notes.cues)]
    for people, span in named:
        for name in people:
            spans.setdefault(name, []).append(span)
    whole = max(1, notes.reel.frames)
    found: list[Owner] = []
    for name, where in sorted(spans.items()):
        if len(where) < _RECURS:
            continue
        presence = joined(where, 0)
        weight = round(min(1.0, sum(s.frames for s in presence) / whole), 3)
        found.append(Owner(slug(name), name, OwnerKind.PERSON, presence, weight, f"in {len(where)} scenes and cues"))
    return found


def _with_voices(people: list[Owner], notes: SpottingNotes) -> list[Owner]:
    """Give people the names of the voices heard while they are seen; voices of nobody seen become people."""
    lines: dict[str, list[Span]] = {}
    for line in notes.dialogue:
        if line.speaker.strip():
            lines.setdefault(line.speaker.strip(), []).append(line.span)
    spoken = max(1, sum(len(spans) for spans in lines.values()))
    known = {p.name.casefold() for p in people}
    for name, spans in sorted(lines.items()):
        face = None if name.casefold() in known else _seen_speaking(name, spans, lines, people)
        voice = _VOICE.fullmatch(name) is not None
        if name.casefold() in known or len(spans) < _RECURS or (voice and face is not None):
            continue
        share = len(spans) / spoken
        if face is not None:
            said = replace(face, name=name, why=f"{face.why}; {name} speaks while they are seen")
            people = [said if p.id == face.id else p for p in people]
        else:
            presence = joined(spans, int(_GAP_S * notes.reel.timebase.rate))
            why = f"speaks {len(spans)} lines, {share:.0%} of the talk"
            weight = round((_VOICE_WEIGHT if voice else 1.0) * share, 3)
            people = [*people, Owner(slug(name), name, OwnerKind.PERSON, presence, weight, why)]
    return people


def _seen_speaking(
    name: str, spans: Sequence[Span], lines: dict[str, list[Span]], people: Sequence[Owner]
) -> Owner | None:
    """Tell whose face belongs to a voice: seen in half of its lines, and in more of them than of any other's."""

    def share(person: Owner, of: Sequence[Span]) -> float:
        return sum(any(s.overlap(p) for p in person.presence) for s in of) / len(of)

    ranked = sorted(people, key=lambda p: (-share(p, spans), p.id))
    if not ranked or share(ranked[0], spans) < _TOGETHER:
        return None
    mine = share(ranked[0], spans)
    rivals = [share(ranked[0], other) for speaker, other in lines.items() if speaker != name]
    return ranked[0] if mine >= max(rivals, default=0.0) else None


def _places(observations: Observations, scenes: Sequence[Scene]) -> list[Owner]:
    """Find places the film leaves and comes back to: scenes that look alike with another look between them."""
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
            away = min(max(alike[i, k], alike[k, j]) for k in range(i + 1, j))
            if alike[i, j] >= _ALIKE and away <= alike[i, j] - _BETWEEN and (best is None or alike[i, j] > best[0]):
                best = (float(alike[i, j]), i, j)
    if best is None:
        return []
    _, i, j = best
    spans = joined([scenes[i].span, scenes[j].span], 0)
    weight = _PLACE_WEIGHT * sum(s.frames for s in spans) / max(1, sum(s.span.frames for s in scenes))
    why = f"scenes {scenes[i].number} and {scenes[j].number} look alike, with another place between them"
    name = f"place of scene {scenes[i].number}"
    return [Owner(slug(name), name, OwnerKind.PLACE, spans, round(weight, 3), why)]


def _ideas(notes: SpottingNotes) -> list[Owner]:
    """Find what the cues are about by their tone words; a film that says nothing is about its journey."""
    total = max(1, sum(c.span.frames for c in notes.cues))
    found: list[Owner] = []
    for name, (about, words) in _IDEAS.items():
        cues = [(c, _share_of(c, words)) for c in notes.cues]
        spans = [c.span for c, share in cues if share > 0]
        weight = _IDEA_WEIGHT * sum(c.span.frames * share for c, share in cues) / total
        if spans:
            told = sorted({w for c in notes.cues for w in c.tone if w in words})
            verb = "is" if len(spans) == 1 else "are"
            of = "the one cue" if len(notes.cues) == 1 else f"{len(spans)} of {len(notes.cues)} cues"
            why = f"{about}: {of} {verb} {' or '.join(told)}"
            found.append(Owner(slug(name), name, OwnerKind.IDEA, joined(spans, 0), round(weight, 3), why))
    if found:
        return found
    whole = tuple(c.span for c in notes.cues)
    return [Owner("the-journey", "the journey", OwnerKind.IDEA, whole, 0.3, "the film itself: no cue says its tone")]


def _share_of(cue: Cue, words: frozenset[str]) -> float:
    """How far a cue is of these words; the first one counts most."""
    weights = [1.0, 0.6, 0.4]
    told = list(zip(cue.tone, weights, strict=False))
    return sum(w for tone, w in told if tone in words) / max(sum(w for _, w in told), 1e-9)
