"""Three pools of clips that share nothing: what the net learns from, what thresholds are chosen on, what is measured.

Voices are apart by package, and so are most languages; music is apart by track (one package of the test pool is
heard nowhere else); effects are apart by package, so no family of sounds crosses over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from data_tools.corpora.packages import ensure, unpacked


class Split(StrEnum):
    """Which pool a clip belongs to."""

    TRAIN = "train"
    TUNE = "tune"
    TEST = "test"


class Kind(StrEnum):
    """What a clip holds."""

    SPEECH = "speech"
    MUSIC = "music"
    EFFECT = "effect"
    AMBIENCE = "ambience"


@dataclass(frozen=True, slots=True)
class Rule:
    """Files of a package whose path matches ``take`` and not ``leave``; ``turns`` deals them out in order."""

    package: str
    kind: Kind
    turns: tuple[Split, ...]
    take: str
    leave: str = r"(?!)"


_TRAIN, _TUNE, _TEST = (Split.TRAIN,), (Split.TUNE,), (Split.TEST,)
_THIRDS = (
    Split.TEST,
    Split.TUNE,
    Split.TRAIN,
    Split.TEST,
    Split.TRAIN,
    Split.TRAIN,
    Split.TEST,
    Split.TRAIN,
    Split.TRAIN,
)
_PROMPTS = r"silence/|beep|tone|letters/|digits/|phonetic/|hello-world"
_WESNOTH_MUSICAL = r"horn-signals|fanfare|wardrums|gamestart|magic-holy|chat|laugh|wail|join|leave|arrive|receive|timer"
_AMBIENT = r"ambien|/ambi_|campfire|/fire\d|hover-|diesel-|machinery"

RULES: tuple[Rule, ...] = (
    Rule("fillets-ng-data-cs", Kind.SPEECH, _TRAIN, r"/cs/[^/]*-[mv]-[^/]*\.ogg$"),
    Rule("asterisk-core-sounds-en-g722", Kind.SPEECH, _TRAIN, r"\.g722$", _PROMPTS),
    Rule("asterisk-core-sounds-es-g722", Kind.SPEECH, _TRAIN, r"\.g722$", _PROMPTS),
    Rule("asterisk-prompt-it-menardi-wav", Kind.SPEECH, _TRAIN, r"\.wav$", _PROMPTS),
    Rule("ktuberling-data", Kind.SPEECH, _TRAIN, r"/sounds/(de|en|fr|ru|uk|lt|da|ca|el|nn)/.*\.(ogg|opus)$"),
    Rule(
        "hedgewars-data", Kind.SPEECH, _TRAIN, r"/voices/(British|Mobster|Pirate|Russian|Surfer|HillBilly|Default_..)/"
    ),
    Rule("asterisk-core-sounds-ru-g722", Kind.SPEECH, _TUNE, r"\.g722$", _PROMPTS),
    Rule("pocketsphinx-testdata", Kind.SPEECH, _TUNE, r"/librivox/.*\.wav$"),
    Rule("fillets-ng-data-nl", Kind.SPEECH, _TEST, r"/nl/[^/]*-[mv]-[^/]*\.ogg$"),
    Rule("asterisk-core-sounds-fr-g722", Kind.SPEECH, _TEST, r"\.g722$", _PROMPTS),
    Rule("asterisk-core-sounds-it-g722", Kind.SPEECH, _TEST, r"\.g722$", _PROMPTS),
    Rule("wesnoth-1.16-music", Kind.MUSIC, _THIRDS, r"/music/.*\.ogg$", r"silence"),
    Rule("singularity-music", Kind.MUSIC, _TRAIN, r"\.ogg$"),
    Rule("warzone2100-music", Kind.MUSIC, _TRAIN, r"\.opus$"),
    Rule("hedgewars-data", Kind.MUSIC, _TRAIN, r"/Music/.*\.ogg$"),
    Rule("freedroidrpg-data", Kind.MUSIC, _TRAIN, r"/sound/music/.*\.ogg$"),
    Rule("hyperrogue-music", Kind.MUSIC, _TUNE, r"/music/.*\.ogg$"),
    Rule("drascula-music", Kind.MUSIC, _TEST, r"\.ogg$"),
    Rule("wesnoth-1.16-data", Kind.EFFECT, _TRAIN, r"/sounds/.*\.(ogg|wav)$", f"{_WESNOTH_MUSICAL}|{_AMBIENT}"),
    Rule(
        "hedgewars-data", Kind.EFFECT, _TRAIN, r"/Sounds/[^/]*\.ogg$", r"custom|chant|valkyries|countdown|/\d.\.ogg|Yoo"
    ),
    Rule("colobot-common-sounds", Kind.EFFECT, _TRAIN, r"/sounds/sound\d+\.wav$"),
    Rule("hyperrogue-music", Kind.EFFECT, _TRAIN, r"/sounds/.*\.ogg$", r"seen|princess|speak"),
    Rule("warmux-data", Kind.EFFECT, _TUNE, r"/sound/default/(weapons|misc)/", r"music|victory|turn|newcomer"),
    Rule(
        "ufoai-sound",
        Kind.EFFECT,
        _TEST,
        r"/sound/(weapons|misc|impact|footsteps|seq|ui|door)",
        r"talk|roundstart|popup",
    ),
    Rule("wesnoth-1.16-data", Kind.AMBIENCE, _TRAIN, r"/sounds/ambient/.*\.ogg$", r"wardrums"),
    Rule("colobot-common-sounds", Kind.AMBIENCE, _TRAIN, r"/sounds/sound0(0[5-9]|1\d)\.wav$"),
    Rule(
        "sonic-pi-samples", Kind.AMBIENCE, _TUNE, r"/(ambi_sauna|ambi_soft_buzz|ambi_swoosh|vinyl_hiss|loop_3d_printer)"
    ),
    Rule("ufoai-sound", Kind.AMBIENCE, _TEST, r"/sound/(ambience|ugv)/", r"jingle|disco|radio|news|aliencom"),
)


@cache
def pool(split: Split, kind: Kind) -> tuple[Path, ...]:
    """Every file of a pool, in a fixed order; raises CorporaUnavailableError when a package cannot be had."""
    files: list[Path] = []
    for rule in RULES:
        if rule.kind is kind and split in rule.turns:
            files += dealt(rule, split)
    return tuple(files)


def packages_of(split: Split) -> list[str]:
    """Names of the packages that a pool is built from."""
    return sorted({rule.package for rule in RULES if split in rule.turns})


def ensure_pool(split: Split) -> None:
    """Have every package of a pool at hand, or raise CorporaUnavailableError."""
    ensure(packages_of(split))


def dealt(rule: Rule, split: Split) -> list[Path]:
    """Files of a rule that fall to a pool, in the order of their names."""
    root = unpacked(rule.package)
    take, leave = re.compile(rule.take), re.compile(rule.leave)
    names = sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file() and not p.is_symlink())
    fit = [n for n in names if take.search(n) and not leave.search(n)]
    return [root / n for i, n in enumerate(fit) if rule.turns[i % len(rule.turns)] is split]
