"""How to play a hit: its capture window, where in the bar it belongs, the treatment, and the evidence for it.

Windows are music minus picture, in frames at 24 (industry notes, section 2.2: early by one and late by two frames is
inaudible; sound before picture shows sooner than sound after it) and scale with the rate of the reel.
"""

from __future__ import annotations

from model.spotting.hits.candidates import CandidateSource
from model.spotting.hits.ranking import Ranked
from model.spotting.notes import Evidence, MustBe
from model.time import Frame

WINDOWS = {"dead hit": (0, 1), "stop": (0, 1), "soft": (3, 4)}  # frames early, late at 24
USUAL_WINDOW = (1, 2)
FILM_RATE = 24.0  # frames a second in which the windows are written
BAR = 4.0  # weight, 0-5, from which a hit wants the bar
BEAT = 2.0  # weight, 0-5, from which a hit wants the beat
HEARD_AND_SEEN = 0.5  # from here on the music and the sound must agree to the frame
SURE_LINE = 0.5  # a line this sure is not to be trampled on
SCENE = 0.7
MOST_EVIDENCE = 4  # reasons shown with a hit: the strongest

_OWN_TREATMENT = {CandidateSource.BLACKOUT: "stop", CandidateSource.LINE_END: "hold"}
_REASONS: dict[str, tuple[str, str]] = {
    "burst": ("big movement", "motion"),
    "surprise": ("movement out of nowhere", "motion"),
    "first card": ("the first of its cards", "titles"),
    "gradual": ("the picture fades", "cuts"),
    "change": ("much of the picture changes at once", "motion"),
    "abrupt": ("the change stands out from what is around it", "motion"),
    "local": ("something in the picture is struck or snaps", "motion"),
    "climax": ("the shot's fastest moment", "motion"),
    "start": ("movement breaks out", "motion"),
    "stop": ("movement stops dead", "motion"),
    "flash": ("a flash of light", "colour"),
    "energy jump": ("the energy changes with the cut", "motion"),
    "change of light": ("the light changes", "colour"),
    "heard": ("an impact is heard", "effects"),
    "heard and seen": ("heard and seen together", "effects"),
    "louder": ("the sound jumps up", "loudness"),
    "hush": ("the sound drops away", "loudness"),
    "music enters": ("music in the cut enters here", "music"),
    "change of look": ("the look changes", "embeddings"),
    "never seen": ("unlike any shot before", "embeddings"),
    "new scene": ("unlike the last shots: a new scene", "embeddings"),
    "scene turns": ("a new scene begins", "scenes"),
    "nobody speaks": ("nobody speaks around it", "dialogue"),
    "long shot before": ("ends a shot held long", "cuts"),
    "new face": ("a face not seen for a while", "faces"),
    "closer": ("jumps closer to a face", "faces"),
    "after a line": ("right after a line", "dialogue"),
    "long pause": ("nobody speaks for a long while after it", "dialogue"),
    "arousal": ("an excited passage", "affect"),
    "spoken over": ("somebody is speaking", "dialogue"),
    f"is {CandidateSource.TITLE}": ("a title comes up", "titles"),
    f"is {CandidateSource.BLACKOUT}": ("the picture goes out", "cuts"),
    f"is {CandidateSource.PICTURE}": ("first picture after black or white", "cuts"),
    f"is {CandidateSource.CUT}": ("a cut", "cuts"),
    f"is {CandidateSource.DISSOLVE}": ("a dissolve", "cuts"),
    f"is {CandidateSource.FLASH}": ("a flash inside the shot", "colour"),
    f"is {CandidateSource.MOVE}": ("movement peaks", "motion"),
    f"is {CandidateSource.START}": ("movement begins", "motion"),
    f"is {CandidateSource.STOP}": ("movement ends", "motion"),
    f"is {CandidateSource.IMPACT}": ("a sound with nothing on the picture to tie it to", "effects"),
    f"is {CandidateSource.FADE_BEGINS}": ("a fade begins", "cuts"),
    f"is {CandidateSource.LINE_END}": ("a line ends before a pause", "dialogue"),
}


def choose_treatment(ranked: Ranked) -> str:
    """Say how to play it: ``dead hit``, ``stop``, ``sting``, ``change``, ``hold``, ``soft`` or ``accent``."""
    candidate, reasons = ranked.weighed.candidate, ranked.weighed.reasons
    if candidate.gradual:
        return "soft"
    if candidate.found in _OWN_TREATMENT:
        return _OWN_TREATMENT[candidate.found]
    if reasons.get("heard and seen", 0.0) >= HEARD_AND_SEEN:
        return "dead hit"
    if candidate.found in {CandidateSource.FLASH, CandidateSource.TITLE}:
        return "sting"
    return "change" if reasons.get("new scene", 0.0) >= SCENE else "accent"


def capture_window(treatment: str, rate: float) -> tuple[int, int]:
    """Window in frames (early, late) within which the music still hits; the same milliseconds at every rate."""
    early, late = WINDOWS.get(treatment, USUAL_WINDOW)
    return round(early * rate / FILM_RATE), max(1, round(late * rate / FILM_RATE))


def must_be_of(ranked: Ranked, weight: float) -> MustBe:
    """Where in the bar: heavy hits want the bar line; what only the eye sees under a sure line wants to be left."""
    candidate, facts, reasons = ranked.weighed.candidate, ranked.weighed.facts, ranked.weighed.reasons
    under_line = facts.spoken is not None and facts.spoken.confidence >= SURE_LINE
    silent = not reasons.get("heard", 0.0) and candidate.found is not CandidateSource.TITLE
    if under_line and silent and weight < BAR:
        return MustBe.AVOID
    if candidate.found is CandidateSource.LINE_END or weight < BEAT:
        return MustBe.ANY
    return MustBe.BAR if weight >= BAR else MustBe.BEAT


def evidence_of(ranked: Ranked) -> tuple[Evidence, ...]:
    """Reasons in order of what each added to the log-odds, strongest first, with the frame they were read at."""
    strongest = sorted(ranked.shares.items(), key=lambda share: (-abs(share[1]), share[0]))
    return tuple(_one(name, share, ranked) for name, share in strongest[:MOST_EVIDENCE])


def _one(name: str, share: float, ranked: Ranked) -> Evidence:
    text, detector = _REASONS[name]
    impact = ranked.weighed.facts.impact
    if name == "heard" and impact is not None and impact.label:
        text = f"{text} ({impact.label})"
    return Evidence(text, detector, Frame(ranked.frame), round(share, 3))
