"""Devise the musical language: owners, themes, palette and ledger, from the notes and what was observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from model.errors import SettingInvalid
from model.motifs.characters import Hints
from model.motifs.language import Language, Owner, OwnerKind, Theme
from model.motifs.ledger import Feeling, feeling, plan
from model.motifs.owners import CONFLICT, adjust, choose, find_owners, owner_of, slug
from model.motifs.palette import Ban, film_palette, palettes, read_ban, unknown_words
from model.motifs.settings import DeviseSettings
from model.motifs.writing import write_theme
from model.observe.observations import Observations
from model.spotting.notes import Cue, SpottingNotes

_MOST_THEMES = 12
_BRIGHTER = 0.2
_CONFLICTED = 0.2
_USUAL_BPM = 92.0
_SOMEWHERE = "the user gives it a theme"


def devise(
    notes: SpottingNotes, observations: Observations | None = None, settings: DeviseSettings | None = None
) -> Language:
    """Devise the musical language of a film.

    Without ``observations`` the people are those the notes name. The same notes and settings give the same language.
    Raises SettingInvalid for owners that nobody is and wishes that leave nothing, InstrumentUnknown for a ban on
    players that do not exist.
    """
    chosen = settings or DeviseSettings()
    bans = [read_ban(text) for text in chosen.banned]
    found = adjust(find_owners(notes, observations), chosen)
    found, given = _with_given(found, chosen)
    owners = choose(found, max(chosen.most_themes, len(given)), given)
    if not owners:
        raise SettingInvalid("Nobody is left to have a theme.", hint="Drop fewer owners, or add one.")
    themes = _themes(owners, notes, given, bans, chosen)
    by_cue = palettes(notes, bans)
    ledger = plan(notes, owners, themes)
    silent = [t for t in themes if all(p.theme != t.id for p in ledger)]
    unheard = tuple(f"{t.label} found no place in the cues: more music or fewer themes would help." for t in silent)
    return Language(
        owners,
        themes,
        film_palette(by_cue.values(), themes, bans),
        by_cue,
        ledger,
        chosen.seed,
        notes.cuelight,
        cautions=(*unknown_words(notes), *unheard),
    )


def _with_given(owners: Sequence[Owner], settings: DeviseSettings) -> tuple[tuple[Owner, ...], dict[str, Theme]]:
    """Give the user's themes to their owners, by owner id; a name that nobody has becomes an idea."""
    found, given = list(owners), dict[str, Theme]()
    for name, theme in settings.given.items():
        owner = owner_of(name, found)
        if owner is None:
            owner = Owner(slug(name), name, OwnerKind.IDEA, (), 1.0, _SOMEWHERE)
            found.append(owner)
        given[owner.id] = theme
    return tuple(found), given


def _themes(
    owners: Sequence[Owner],
    notes: SpottingNotes,
    given: dict[str, Theme],
    bans: Sequence[Ban],
    settings: DeviseSettings,
) -> tuple[Theme, ...]:
    """Write the themes that were not given; the second person of a film in conflict takes up the first one's cell."""
    themes: list[Theme] = []
    taken: set[str] = set()
    banned = frozenset().union(*(b.instruments for b in bans))
    ours = [o for o in owners if o.id in given]
    for owner in (*ours, *(o for o in owners if o.id not in given)):
        letter = "ABCDEFGHIJKL"[len(themes) % _MOST_THEMES]
        if owner.id in given:
            theme = replace(given[owner.id], id=_free(f"theme-{slug(owner.id)}", themes), owner=owner.id)
            themes.append(replace(theme, label=f"{letter}: {owner.name}"))
        else:
            avoid = (*sorted(banned), *sorted(taken))
            hints = _hints(owner, owners, notes, avoid)
            family = _other_side(owner, owners, themes, notes)
            seed = settings.seed * 1000 + len(themes)
            themes.append(write_theme(owner, hints, bars=settings.bars, seed=seed, family=family, others=themes))
        taken.add(themes[-1].character.instrument)
    order = {o.id: k for k, o in enumerate(owners)}
    return tuple(sorted(themes, key=lambda t: order[t.owner]))


def _free(theme_id: str, themes: Sequence[Theme]) -> str:
    taken = {t.id for t in themes}
    return theme_id if theme_id not in taken else f"{theme_id}-{len(themes) + 1}"


def _other_side(owner: Owner, owners: Sequence[Owner], themes: Sequence[Theme], notes: SpottingNotes) -> Theme | None:
    """Tell whose cell a theme takes up: the second person's the first one's, where the film is about a conflict."""
    people = [o for o in owners if o.kind is OwnerKind.PERSON]
    cast = {t.owner: t for t in themes}
    if len(people) < 2 or owner != people[1] or people[0].id not in cast:  # noqa: PLR2004 - two sides
        return None
    total = sum(c.span.frames for c in notes.cues)
    fought = sum(c.span.frames for c in notes.cues if set(c.tone) & CONFLICT)
    return cast[people[0].id] if total and fought / total >= _CONFLICTED else None


def _hints(owner: Owner, owners: Sequence[Owner], notes: SpottingNotes, avoid: tuple[str, ...]) -> Hints:
    """Feel what the cues are like where the owner is; the first person is a little brighter, the second darker."""
    weighed = [(cue, sum(cue.span.overlap(s) for s in owner.presence)) for cue in notes.cues]
    theirs = [(cue, frames) for cue, frames in weighed if frames] or [(cue, cue.span.frames) for cue in notes.cues]
    total = sum(frames for _, frames in theirs)
    if not total:
        return Hints(bpm=_USUAL_BPM, avoid=avoid)
    felt = [(feeling(_told(cue, owner)), frames / total, cue) for cue, frames in theirs]
    mean = Feeling(
        sum(f.arousal * w for f, w, _ in felt),
        sum(f.tension * w for f, w, _ in felt),
        sum(f.valence * w for f, w, _ in felt),
    )
    people = [o.id for o in owners if o.kind is OwnerKind.PERSON]
    side = {0: _BRIGHTER, 1: -_BRIGHTER}.get(people.index(owner.id), 0.0) if owner.id in people else 0.0
    bpm = 2.0 * round(sum(sum(cue.tempo_bpm) / 2 * w for _, w, cue in felt) / 2)
    return Hints(mean.arousal, mean.tension, mean.valence + side, bpm or _USUAL_BPM, avoid=avoid)


def _told(cue: Cue, owner: Owner) -> tuple[str, ...]:
    """Take an idea by its own words in the cue's tone, anybody else by all of them."""
    if owner.kind is not OwnerKind.IDEA:
        return cue.tone
    own = tuple(w for w in cue.tone if w in owner.why)
    return own or cue.tone
