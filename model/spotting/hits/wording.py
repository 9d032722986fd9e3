"""The words of a hit: terse, imperative, and nothing that was not observed.

CUT and shot sizes in capitals, as breakdown notes write them. The wording never guesses what a thing is: a sound is
named only if the effects detector named it, a person only by the name of the face cluster or the speaker.
"""

from __future__ import annotations

from collections.abc import Callable

from model.observe.observations import Line
from model.observe.people.faces import CLOSE_UP, MEDIUM
from model.spotting.hits.candidates import CandidateSource
from model.spotting.hits.features import Facts
from model.spotting.hits.ranking import Ranked
from model.spotting.notes import HitKind

HEARD = 0.25  # from here on an impact names the moment
MUCH_LIGHT = 0.12  # change of mean luma worth a word
HALF_LIGHT = 0.5
STRONG = 0.7  # value of a reason, 0-1, from which it is named
FAIR = 0.4  # value of a reason, 0-1, that is enough beside another
QUOTE = 40  # characters of a line or title that fit a marker


def kind_of(ranked: Ranked) -> HitKind:
    """Name the kind by what was found on the picture, and by an impact heard with it."""
    match ranked.weighed.candidate.found:
        case CandidateSource.TITLE:
            return HitKind.TITLE
        case CandidateSource.BLACKOUT | CandidateSource.PICTURE | CandidateSource.FADE_BEGINS:
            return HitKind.FADE
        case CandidateSource.LINE_END:
            return HitKind.LINE_END
        case CandidateSource.IMPACT:
            return HitKind.IMPACT
        case CandidateSource.MOVE | CandidateSource.START | CandidateSource.STOP | CandidateSource.FLASH:
            return HitKind.IMPACT if _is_audible(ranked) else HitKind.ACTION
        case CandidateSource.CUT | CandidateSource.DISSOLVE:
            return _kind_of_cut(ranked)


def label_of(ranked: Ranked) -> str:
    """Write the label: what to hit, then what to mind."""
    return _what(ranked) + _mind(ranked)


def _kind_of_cut(ranked: Ranked) -> HitKind:
    reasons, facts = ranked.weighed.reasons, ranked.weighed.facts
    if facts.face is not None and reasons.get("new face", 0.0):
        return HitKind.REVEAL
    if facts.scale >= CLOSE_UP and reasons.get("closer", 0.0) >= FAIR:
        return HitKind.LOOK
    if reasons.get("never seen", 0.0) >= STRONG:
        return HitKind.REVEAL
    return HitKind.CUT


def _what(ranked: Ranked) -> str:
    return _WRITERS[ranked.weighed.candidate.found](ranked)


def _title(ranked: Ranked) -> str:
    text = ranked.weighed.candidate.text
    return f"title up: {_quote(text)}" if text else "title up"


def _blackout(ranked: Ranked) -> str:
    way = "fade out to" if ranked.weighed.candidate.gradual else "CUT to"
    return f"{way} {'white' if ranked.weighed.facts.luma > HALF_LIGHT else 'black'}"


def _first_picture(ranked: Ranked) -> str:
    facts = ranked.weighed.facts
    way = "fade up from" if ranked.weighed.candidate.gradual else "CUT up from"
    return f"{way} {'white' if facts.luma_before > HALF_LIGHT else 'black'}{_colon(_shows(facts))}"


def _fade(ranked: Ranked) -> str:
    facts = ranked.weighed.facts
    return "fade begins" if facts.luma < facts.luma_before else f"picture begins to come up{_colon(_shows(facts))}"


def _dissolve(ranked: Ranked) -> str:
    return f"dissolve to {_shows(ranked.weighed.facts) or 'new picture'}"


def _line_end(ranked: Ranked) -> str:
    return f"{_whose(ranked.weighed.facts.ended)} line ends - let it ring"


def _impact(ranked: Ranked) -> str:
    return f"hit the {_sound(ranked.weighed.facts)}"


def _cut(ranked: Ranked) -> str:
    """``CUT to CU woman A``, ``CUT: new place, brighter``, ``CUT on the slam``."""
    facts, reasons = ranked.weighed.facts, ranked.weighed.reasons
    shows = _shows(facts)
    words = f"CUT to {shows}" if shows else "CUT"
    turns = []
    if reasons.get("new scene", 0.0) >= STRONG:
        turns.append("new scene")
    elif not shows and reasons.get("never seen", 0.0) >= STRONG:
        turns.append("first sight of this")
    if abs(facts.luma - facts.luma_before) >= MUCH_LIGHT:
        turns.append("brighter" if facts.luma > facts.luma_before else "darker")
    if _is_audible(ranked):
        turns.append(f"on the {_sound(facts)}")
    return words + _colon(", ".join(turns))


def _move(ranked: Ranked) -> str:
    """Say what moves, or what is struck: ``hit the slam as it stops dead``, ``big move in CU``."""
    found, facts = ranked.weighed.candidate.found, ranked.weighed.facts
    who = "camera" if facts.camera else ""
    seen = {
        CandidateSource.FLASH: "flash",
        CandidateSource.START: f"{who} takes off" if who else "sudden move",
        CandidateSource.STOP: f"{who} stops dead" if who else "movement stops dead",
        CandidateSource.MOVE: f"{who} whips" if who else "big move",
    }[found].strip()
    where = "" if who or found is CandidateSource.FLASH else _in_shot(facts)
    return f"hit the {_sound(facts)}, {seen}{where}" if _is_audible(ranked) else f"{seen}{where}"


def _mind(ranked: Ranked) -> str:
    """Say what else to mind at this frame."""
    found, facts = ranked.weighed.candidate.found, ranked.weighed.facts
    if facts.spoken is not None and found is not CandidateSource.LINE_END:
        return f" - {_whose(facts.spoken)} line goes on"
    if facts.ended is not None and found in {CandidateSource.CUT, CandidateSource.BLACKOUT}:
        return f" after {_whose(facts.ended)} line"
    if facts.talk_follows and _is_audible(ranked):
        return ", tail under dialogue"
    return ""


def _is_audible(ranked: Ranked) -> bool:
    return ranked.weighed.reasons.get("heard", 0.0) >= HEARD


def _shows(facts: Facts) -> str:
    """Shot size and person, ``CU person A``; empty without a face, for then the size is not known."""
    if facts.face is None:
        return ""
    size = "CU" if facts.scale >= CLOSE_UP else "MS" if facts.scale >= MEDIUM else "WS"
    return f"{size} {facts.person}".strip()


def _in_shot(facts: Facts) -> str:
    return " in CU" if facts.face is not None and facts.scale >= CLOSE_UP else ""


def _sound(facts: Facts) -> str:
    return facts.impact.label.strip().lower() if facts.impact and facts.impact.label.strip() else "impact"


def _whose(line: Line | None) -> str:
    """``VICTOR's`` or ``the``."""
    return f"{line.speaker}'s" if line is not None and line.speaker else "the"


def _quote(text: str) -> str:
    one_line = " ".join(text.split())
    return f'"{one_line}"' if len(one_line) <= QUOTE else f'"{one_line[: QUOTE - 1].rstrip()}…"'


def _colon(text: str) -> str:
    return f": {text}" if text else ""


_WRITERS: dict[CandidateSource, Callable[[Ranked], str]] = {
    CandidateSource.TITLE: _title,
    CandidateSource.BLACKOUT: _blackout,
    CandidateSource.PICTURE: _first_picture,
    CandidateSource.CUT: _cut,
    CandidateSource.DISSOLVE: _dissolve,
    CandidateSource.LINE_END: _line_end,
    CandidateSource.FADE_BEGINS: _fade,
    CandidateSource.IMPACT: _impact,
    CandidateSource.MOVE: _move,
    CandidateSource.START: _move,
    CandidateSource.STOP: _move,
    CandidateSource.FLASH: _move,
}
