"""Devise the musical language: owners, themes, palette and ledger, from the spotting notes and the observations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from model.errors import SettingInvalid
from model.motifs.characters import Hints
from model.motifs.language import Language, Owner, OwnerKind, Theme, make_slug
from model.motifs.ledger import plan_ledger
from model.motifs.mood import MIDDLE_MOOD, MoodPoint, mood_of_words
from model.motifs.owners import CONFLICT_TONES, adjust_owners, choose_owners, find_owners, owner_of
from model.motifs.palette import Ban, choose_cue_palette, choose_film_palette, find_unknown_words, read_ban
from model.motifs.settings import DeviseSettings
from model.motifs.writing import write_theme
from model.observe.observations import Observations
from model.spotting.notes import Cue, SpottingNotes

_THEME_LETTERS = "ABCDEFGHIJKL"  # one for each of the most themes a film can have
_SIDE_VALENCE = 0.2  # the first person's theme is brighter by it, the second's darker, so that the two differ
_CONFLICT_SHARE = 0.2  # of the music; from it on the film is about a conflict
_USUAL_BPM = 92.0


def devise(
    notes: SpottingNotes, observations: Observations | None = None, settings: DeviseSettings | None = None
) -> Language:
    """Devise the musical language of a film.

    Without ``observations`` the people are those the notes name. The same notes and settings give the same language.
    Raises SettingInvalid for settings that name unknown owners or leave no owner or player, InstrumentUnknown for a
    ban on unknown instruments.
    """
    chosen = settings or DeviseSettings()
    bans = [read_ban(text) for text in chosen.banned]
    found = adjust_owners(find_owners(notes, observations), chosen)
    found, given = _assign_given_themes(found, chosen)
    owners = choose_owners(found, max(chosen.most_themes, len(given)), given)
    if not owners:
        raise SettingInvalid("Nobody is left to have a theme.", hint="Drop fewer owners, or add one.")
    themes = _write_themes(owners, notes, given, bans, chosen)
    cue_palettes = {cue.id: choose_cue_palette(cue, bans) for cue in notes.cues}
    ledger = plan_ledger(notes, owners, themes)
    unused = [t for t in themes if all(p.theme != t.id for p in ledger)]
    cautions = [f"{t.label} found no place in the cues: more music or fewer themes would help." for t in unused]
    return Language(
        owners,
        themes,
        choose_film_palette(cue_palettes.values(), themes, bans),
        cue_palettes,
        ledger,
        chosen.seed,
        notes.cuelight,
        cautions=(*find_unknown_words(notes), *cautions),
    )


def _assign_given_themes(
    owners: Sequence[Owner], settings: DeviseSettings
) -> tuple[tuple[Owner, ...], dict[str, Theme]]:
    """Assign the user's themes to their owners; returns all owners, and the themes by owner id.

    A name that no owner has becomes an idea of its own.
    """
    found, given = list(owners), dict[str, Theme]()
    for name, theme in settings.given.items():
        owner = owner_of(name, found)
        if owner is None:
            owner = Owner(make_slug(name), name, OwnerKind.IDEA, (), 1.0, "the user gives it a theme")
            found.append(owner)
        given[owner.id] = theme
    return tuple(found), given


def _write_themes(
    owners: Sequence[Owner],
    notes: SpottingNotes,
    given: dict[str, Theme],
    bans: Sequence[Ban],
    settings: DeviseSettings,
) -> tuple[Theme, ...]:
    """Write the themes that the user did not give, and label all of them, in the order of their owners.

    Given themes come first, so that the written ones can differ from them in notes and instrument.
    """
    themes: list[Theme] = []
    banned = sorted(frozenset().union(*(b.instruments for b in bans)))
    for owner in sorted(owners, key=lambda o: o.id not in given):
        if owner.id in given:
            letter = _THEME_LETTERS[len(themes) % len(_THEME_LETTERS)]
            theme_id = f"theme-{make_slug(owner.id)}"
            if theme_id in {t.id for t in themes}:
                theme_id = f"{theme_id}-{len(themes) + 1}"
            theme = replace(given[owner.id], id=theme_id, owner=owner.id, label=f"{letter}: {owner.name}")
        else:
            avoid = (*banned, *sorted({t.character.instrument for t in themes}))
            hints = _hints_for(owner, owners, notes, avoid)
            family = _family_of(owner, owners, themes, notes)
            seed = settings.seed * 1000 + len(themes)
            theme = write_theme(owner, hints, bars=settings.bars, seed=seed, family=family, others=themes)
        themes.append(theme)
    order = {o.id: k for k, o in enumerate(owners)}
    return tuple(sorted(themes, key=lambda t: order[t.owner]))


def _family_of(owner: Owner, owners: Sequence[Owner], themes: Sequence[Theme], notes: SpottingNotes) -> Theme | None:
    """Find the theme whose cell a new one takes up: in a film about a conflict, the first person's for the second."""
    people = [o for o in owners if o.kind is OwnerKind.PERSON]
    by_owner = {t.owner: t for t in themes}
    if len(people) < 2 or owner != people[1] or people[0].id not in by_owner:  # noqa: PLR2004 - two sides
        return None
    total = sum(c.span.frames for c in notes.cues)
    in_conflict = sum(c.span.frames for c in notes.cues if set(c.tone) & CONFLICT_TONES)
    return by_owner[people[0].id] if total and in_conflict / total >= _CONFLICT_SHARE else None


def _hints_for(owner: Owner, owners: Sequence[Owner], notes: SpottingNotes, avoid: tuple[str, ...]) -> Hints:
    """Average the feeling and tempo of the cues where the owner is present, or of all cues if there are none.

    An idea takes only its own words of a cue's tone. The first person is a little brighter, the second darker.
    """
    present = [(cue, sum(cue.span.overlap(s) for s in owner.presence)) for cue in notes.cues]
    frames_of = [(cue, frames) for cue, frames in present if frames] or [(c, c.span.frames) for c in notes.cues]
    total = sum(frames for _, frames in frames_of)
    if not total:
        return Hints(bpm=_USUAL_BPM, avoid=avoid)

    def tone_of(cue: Cue) -> tuple[str, ...]:
        own = tuple(w for w in cue.tone if w in owner.why) if owner.kind is OwnerKind.IDEA else ()
        return own or cue.tone

    weighted = [(mood_of_words(tone_of(cue)) or MIDDLE_MOOD, frames / total, cue) for cue, frames in frames_of]
    mean = MoodPoint(
        sum(m.arousal * w for m, w, _ in weighted),
        sum(m.tension * w for m, w, _ in weighted),
        sum(m.valence * w for m, w, _ in weighted),
    )
    people = [o.id for o in owners if o.kind is OwnerKind.PERSON]
    side = {0: _SIDE_VALENCE, 1: -_SIDE_VALENCE}.get(people.index(owner.id), 0.0) if owner.id in people else 0.0
    bpm = 2.0 * round(sum(sum(cue.tempo_bpm) / 2 * w for _, w, cue in weighted) / 2)
    return Hints(mean.arousal, mean.tension, mean.valence + side, bpm or _USUAL_BPM, avoid=avoid)
