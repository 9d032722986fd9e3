from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from model.documents import decode, encode
from model.errors import InstrumentUnknown, SettingInvalid
from model.motifs.devise import devise
from model.motifs.instruments import INSTRUMENTS
from model.motifs.language import Character, Language, Owner, OwnerKind, Theme, ThemeKey, ThemeNote
from model.motifs.matching import similarity
from model.motifs.settings import DeviseSettings
from model.motifs.transforms import apply
from model.observe.observations import Observations
from model.spotting.notes import Cue, Hit, HitKind, OutType, SpottingNotes, Usage
from model.time import Frame, Span

HERO = [2.0, 4.0, 6.0, 20.0, 22.0, 50.0, 52.0, 54.0, 90.0, 92.0, 110.0]
RIVAL = [24.0, 26.0, 56.0, 58.0, 94.0]


@pytest.fixture(scope="module")
def cues(make_cue: Callable[..., Cue]) -> tuple[Cue, ...]:
    return (
        make_cue("1m1", 0, 28, ("mysterious", "sneaky"), ("woodwinds", "strings"), "clarinet", intensity=2.0),
        make_cue("1m2", 40, 75, ("urgent", "driving"), ("brass", "percussion"), "low brass", intensity=4.2,
                 changes=[(60, "lift: violent from here")]),
        make_cue("2m1", 85, 118, ("tender", "hopeful"), ("strings", "harp"), "piano", intensity=1.8, out=OutType.FADE),
    )  # fmt: skip


@pytest.fixture(scope="module")
def film(cues: tuple[Cue, ...], make_notes: Callable[..., SpottingNotes]) -> SpottingNotes:
    scenes = [(0, 30, ("person A",)), (30, 80, ("person A", "person B")), (80, 120, ("person A",))]
    return make_notes(*cues, people=scenes)


@pytest.fixture(scope="module")
def language(film: SpottingNotes, make_observations: Callable[..., Observations]) -> Language:
    return devise(film, make_observations({"person A": HERO, "person B": RIVAL, "person C": [101.0]}))


def given(pitches: tuple[int, ...] = (60, 67, 65, 64, 69, 67)) -> Theme:
    notes = tuple(ThemeNote(Fraction(i), Fraction(1), p) for i, p in enumerate(pitches))
    look = Character("arch", "moving", "functional", "middle", "horn")
    return Theme("theme-mine", "Mine", "", notes, ThemeKey(0), (), Fraction(8), (4, 4), 90.0, look, origin="given")


def test_who_recurs_has_a_theme_and_who_does_not_has_none(language: Language) -> None:
    ids = [o.id for o in language.owners]
    assert ids[0] == "person-a"
    assert "person-b" in ids
    assert "person-c" not in ids
    assert any(o.kind is OwnerKind.IDEA for o in language.owners)
    assert all(o.why for o in language.owners)
    assert [t.owner for t in language.themes] == ids
    assert language.owners[0].presence[0].start.index == 48


def test_the_two_sides_of_a_conflict_share_a_cell(language: Language) -> None:
    rival = next(t for t in language.themes if t.owner == "person-b")
    assert rival.family == "theme-person-a"


def test_themes_differ_in_name_instrument_and_notes(language: Language) -> None:
    themes = language.themes
    assert len({t.id for t in themes}) == len({t.label for t in themes}) == len(themes)
    assert len({t.character.instrument for t in themes}) == len(themes)
    for k, theme in enumerate(themes):
        assert all(similarity(theme.notes, other.notes) < 0.5 for other in themes[:k])


def test_the_same_film_gives_the_same_language_and_another_seed_another(film: SpottingNotes) -> None:
    assert encode(devise(film)) == encode(devise(film))
    assert devise(film, None, DeviseSettings(seed=8)).themes[0].notes != devise(film).themes[0].notes


def test_the_language_is_written_and_read_back(language: Language) -> None:
    assert decode(Language, encode(language)) == language


def test_without_observations_the_people_are_those_of_the_notes(film: SpottingNotes) -> None:
    found = devise(film)
    assert "person-a" in [o.id for o in found.owners]


def test_a_film_without_people_still_has_an_idea(
    make_notes: Callable[..., SpottingNotes], make_cue: Callable[..., Cue]
) -> None:
    plain = devise(make_notes(make_cue(tone=("eerie", "tense"))))
    assert [o.name for o in plain.owners] == ["the threat"]
    assert plain.ledger
    without_tone = devise(make_notes(make_cue(tone=())))
    assert [o.name for o in without_tone.owners] == ["the journey"]


def test_notes_without_a_cue_still_give_a_language(make_notes: Callable[..., SpottingNotes]) -> None:
    empty = devise(make_notes())
    assert len(empty.themes) == 1
    assert empty.ledger == ()
    assert empty.cautions


def test_speakers_have_names_and_take_their_faces_along(
    film: SpottingNotes, make_notes: Callable[..., SpottingNotes], make_observations: Callable[..., Observations]
) -> None:
    lines = [(2, 4, "Anna"), (20, 22, "Anna"), (50, 53, "Anna"), (30, 32, "Boris"), (81, 83, "Boris")]
    notes = make_notes(*film.cues, lines=lines)
    owners = devise(notes, make_observations({"person A": HERO})).owners
    anna = next(o for o in owners if o.name == "Anna")
    assert anna.id == "person-a"
    assert "Anna speaks" in anna.why
    assert any(o.name == "Boris" for o in owners)


def test_voices_alone_become_people(make_notes: Callable[..., SpottingNotes], make_cue: Callable[..., Cue]) -> None:
    lines = [(1, 3, "voice A"), (30, 33, "voice A"), (40, 42, "voice B")]
    owners = devise(make_notes(make_cue(), lines=lines)).owners
    assert [o.id for o in owners if o.kind is OwnerKind.PERSON] == ["voice-a"]


def test_a_place_is_where_the_film_comes_back_to(
    film: SpottingNotes, make_notes: Callable[..., SpottingNotes], make_observations: Callable[..., Observations]
) -> None:
    there, away = (1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0)
    notes = make_notes(*film.cues, people=[(0, 30, ()), (30, 80, ()), (80, 120, ())])
    observed = make_observations({}, [30, 80], [there, away, there])
    places = [o for o in devise(notes, observed).owners if o.kind is OwnerKind.PLACE]
    assert len(places) == 1
    assert len(places[0].presence) == 2
    assert devise(notes, observed).themes
    same = make_observations({}, [30, 80], [there, there, there])
    assert not [o for o in devise(notes, same).owners if o.kind is OwnerKind.PLACE]


def test_the_user_names_merges_drops_and_adds(
    film: SpottingNotes, make_observations: Callable[..., Observations]
) -> None:
    observed = make_observations({"person A": HERO, "person B": RIVAL})
    added = Owner("ring", "The Ring", OwnerKind.IDEA, (Span.of(0, 48),), 0.9)
    chosen = DeviseSettings(
        names={"Person A": "Agent 327"}, merge=(("person-b", "person A"),), drop=("the mystery",), add=(added,)
    )
    found = devise(film, observed, chosen)
    names = [o.name for o in found.owners]
    assert "Agent 327" in names
    assert "The Ring" in names
    assert "person B" not in names
    assert "the mystery" not in names
    assert next(t.label for t in found.themes if t.owner == "person-a").endswith(": Agent 327")


@pytest.mark.parametrize(
    "chosen",
    [
        DeviseSettings(names={"Nobody": "X"}),
        DeviseSettings(merge=(("person A", "Nobody"),)),
        DeviseSettings(drop=("Nobody",)),
    ],
)
def test_settings_about_unknown_owners_are_refused(film: SpottingNotes, chosen: DeviseSettings) -> None:
    with pytest.raises(SettingInvalid):
        devise(film, None, chosen)


@pytest.mark.parametrize("wish", [{"most_themes": 0}, {"most_themes": 99}, {"seed": -1}])
def test_wishes_out_of_bounds_name_the_setting(wish: dict[str, int]) -> None:
    with pytest.raises(SettingInvalid, match="must lie between") as caught:
        DeviseSettings(**wish)  # type: ignore[arg-type]  # any of its numbers
    assert caught.value.field in wish


def test_dropping_everybody_is_refused(make_notes: Callable[..., SpottingNotes], make_cue: Callable[..., Cue]) -> None:
    with pytest.raises(SettingInvalid, match="Nobody is left"):
        devise(make_notes(make_cue(tone=("eerie",))), None, DeviseSettings(drop=("the threat",)))


def test_given_themes_are_kept_note_for_note(
    film: SpottingNotes, make_observations: Callable[..., Observations]
) -> None:
    observed = make_observations({"person A": HERO, "person B": RIVAL})
    found = devise(
        film, observed, DeviseSettings(given={"person A": given(), "The Letter": given((72, 71, 69, 71, 72, 60))})
    )
    mine = next(t for t in found.themes if t.owner == "person-a")
    assert mine.notes == given().notes
    assert mine.origin == "given"
    assert any(o.name == "The Letter" for o in found.owners)
    assert any(p.theme == mine.id for p in found.ledger)


def test_no_more_themes_than_asked_for_are_written(
    film: SpottingNotes, make_observations: Callable[..., Observations]
) -> None:
    observed = make_observations({"person A": HERO, "person B": RIVAL})
    for most in (1, 2, 3):
        assert len(devise(film, observed, DeviseSettings(most_themes=most)).themes) == most


def test_bans_hold_before_a_reel_in_a_cue_and_everywhere(film: SpottingNotes) -> None:
    found = devise(film, None, DeviseSettings(banned=("brass before reel 2", "harp", "no woodwinds in 1m1")))
    families = {k: {INSTRUMENTS[i].family for i in p.instruments} for k, p in found.cue_palettes.items()}
    assert "brass" not in families["cue-1m1"] | families["cue-1m2"]
    assert "woodwinds" not in families["cue-1m1"]
    assert all("harp" not in p.instruments for p in found.cue_palettes.values())
    assert "horn" in found.cue_palettes["cue-1m2"].banned
    assert "horn" not in found.cue_palettes["cue-2m1"].banned
    assert all(t.character.instrument not in {"horn", "harp", "clarinet"} for t in found.themes)


def test_a_ban_on_an_unknown_instrument_is_refused(film: SpottingNotes) -> None:
    with pytest.raises(InstrumentUnknown, match="kazoo"):
        devise(film, None, DeviseSettings(banned=("kazoo",)))


class TestLedger:
    def test_every_cue_of_ours_sounds_a_theme(self, language: Language, film: SpottingNotes) -> None:
        assert {p.cue for p in language.ledger} == {c.id for c in film.cues}
        assert all(0 <= p.at < 1 and p.why for p in language.ledger)

    def test_at_least_half_is_varied_and_all_is_recognisable(self, language: Language) -> None:
        varied = [p for p in language.ledger if p.transform]
        assert 2 * len(varied) >= len(language.ledger)
        for planned in varied:
            theme = language.theme(planned.theme)
            stated = apply(theme, planned.transform, theme.key)
            own = similarity(stated, theme.notes)
            assert own >= 0.5
            assert all(own > similarity(stated, t.notes) for t in language.themes if t.id != theme.id)

    def test_a_person_is_not_announced_before_they_are_seen(self, language: Language, film: SpottingNotes) -> None:
        cues = {c.id: c for c in film.cues}
        for owner in language.owners:
            if owner.kind is not OwnerKind.PERSON:
                continue
            first = owner.presence[0].start
            mine = [p for p in language.ledger if language.theme(p.theme).owner == owner.id]
            starts = [cues[p.cue].span.start + round(p.at * cues[p.cue].span.frames) for p in mine]
            assert all(s.index >= first.index - 1 for s in starts)

    def test_the_first_time_is_plain_and_the_last_a_return(self, language: Language) -> None:
        first = language.ledger[0]
        assert first.form in {"statement", "hint"}
        assert language.ledger[-1].form in {"return", "farewell"}
        assert "first heard" in first.why

    def test_the_climax_is_in_the_most_intense_cue(self, language: Language) -> None:
        climaxes = [p for p in language.ledger if p.form == "climax"]
        assert [p.cue for p in climaxes] in ([], ["cue-1m2"])

    def test_songs_source_music_and_cues_under_four_seconds_get_no_theme(
        self, make_notes: Callable[..., SpottingNotes], make_cue: Callable[..., Cue]
    ) -> None:
        cues = (
            make_cue("1m1", 0, 2),
            make_cue("1m2", 10, 40, usage=Usage.SONG),
            make_cue("1m3", 50, 80, usage=Usage.SOURCE),
            make_cue("1m4", 90, 94.5),
        )
        assert {p.cue for p in devise(make_notes(*cues)).ledger} == {"cue-1m4"}

    def test_a_long_cue_is_filled_and_statements_keep_apart(
        self, make_notes: Callable[..., SpottingNotes], make_cue: Callable[..., Cue]
    ) -> None:
        cue = make_cue("1m1", 0, 118, changes=[(40, "lift"), (41, "drop"), (117, "lift")])
        ledger = devise(make_notes(cue)).ledger
        starts = [p.at * 118 for p in ledger]
        assert len(starts) >= 3
        assert all(b - a >= 7.9 for a, b in itertools.pairwise(starts))
        assert starts[-1] < 114

    def test_a_statement_waits_past_a_stop_of_the_music(
        self, make_notes: Callable[..., SpottingNotes], make_cue: Callable[..., Cue]
    ) -> None:
        notes = make_notes(make_cue("1m1", 0, 60))
        assert devise(notes).ledger[0].at == 0
        stop = Hit("h", Frame(3 * 24), HitKind.FADE, 4.0, "black", treatment="stop", cue="cue-1m1")
        stopped = devise(replace(notes, hits=(stop,))).ledger
        assert stopped[0].at * 60 == pytest.approx(4.5, abs=0.1)
        late = Hit("h", Frame(58 * 24), HitKind.FADE, 4.0, "black", treatment="stop", cue="cue-1m1")
        assert devise(replace(notes, hits=(late,))).ledger[0].at == 0

    def test_a_statement_leaves_room_for_the_whole_one_before(
        self, make_notes: Callable[..., SpottingNotes], make_cue: Callable[..., Cue]
    ) -> None:
        cue = make_cue("1m1", 0, 60, changes=[(9, "lift"), (30, "drop")])
        found = devise(make_notes(cue))
        first, second = found.ledger[:2]
        lasts = float(found.theme(first.theme).beats) * 60 / 94
        assert (second.at - first.at) * 60 >= lasts
        assert first.transform == ()

    def test_under_much_talk_a_theme_is_first_hinted_at(
        self, make_notes: Callable[..., SpottingNotes], make_cue: Callable[..., Cue]
    ) -> None:
        ledger = devise(make_notes(make_cue(talk=0.7))).ledger
        assert ledger[0].form == "hint"
        assert ledger[0].transform[0].startswith("head")
