"""Three pools of clips that share nothing: what the net learns from, what thresholds are chosen on, what is measured.

Voices are apart by package, and so are most languages; music is apart by track (one package of the test pool is
heard nowhere else); effects are apart by package, so that no two pools share a family of sounds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from data_tools.corpora.packages import ensure_packages, unpack_package


class Split(StrEnum):
    """Which pool a clip belongs to."""

    TRAIN = "train"
    TUNE = "tune"
    TEST = "test"


class ClipKind(StrEnum):
    """What a clip holds."""

    SPEECH = "speech"
    MUSIC = "music"
    EFFECT = "effect"
    AMBIENCE = "ambience"


@dataclass(frozen=True, slots=True)
class PoolRule:
    """Files of a package whose path matches ``take`` and not ``leave``; ``turns`` assigns them to pools in order."""

    package: str
    kind: ClipKind
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

RULES: tuple[PoolRule, ...] = (
    PoolRule("fillets-ng-data-cs", ClipKind.SPEECH, _TRAIN, r"/cs/[^/]*-[mv]-[^/]*\.ogg$"),
    PoolRule("asterisk-core-sounds-en-g722", ClipKind.SPEECH, _TRAIN, r"\.g722$", _PROMPTS),
    PoolRule("asterisk-core-sounds-es-g722", ClipKind.SPEECH, _TRAIN, r"\.g722$", _PROMPTS),
    PoolRule("asterisk-prompt-it-menardi-wav", ClipKind.SPEECH, _TRAIN, r"\.wav$", _PROMPTS),
    PoolRule("ktuberling-data", ClipKind.SPEECH, _TRAIN, r"/sounds/(de|en|fr|ru|uk|lt|da|ca|el|nn)/.*\.(ogg|opus)$"),
    PoolRule(
        "hedgewars-data",
        ClipKind.SPEECH,
        _TRAIN,
        r"/voices/(British|Mobster|Pirate|Russian|Surfer|HillBilly|Default_..)/",
    ),
    PoolRule("asterisk-core-sounds-ru-g722", ClipKind.SPEECH, _TUNE, r"\.g722$", _PROMPTS),
    PoolRule("pocketsphinx-testdata", ClipKind.SPEECH, _TUNE, r"/librivox/.*\.wav$"),
    PoolRule("fillets-ng-data-nl", ClipKind.SPEECH, _TEST, r"/nl/[^/]*-[mv]-[^/]*\.ogg$"),
    PoolRule("asterisk-core-sounds-fr-g722", ClipKind.SPEECH, _TEST, r"\.g722$", _PROMPTS),
    PoolRule("asterisk-core-sounds-it-g722", ClipKind.SPEECH, _TEST, r"\.g722$", _PROMPTS),
    PoolRule("wesnoth-1.16-music", ClipKind.MUSIC, _THIRDS, r"/music/.*\.ogg$", r"silence"),
    PoolRule("singularity-music", ClipKind.MUSIC, _TRAIN, r"\.ogg$"),
    PoolRule("warzone2100-music", ClipKind.MUSIC, _TRAIN, r"\.opus$"),
    PoolRule("hedgewars-data", ClipKind.MUSIC, _TRAIN, r"/Music/.*\.ogg$"),
    PoolRule("freedroidrpg-data", ClipKind.MUSIC, _TRAIN, r"/sound/music/.*\.ogg$"),
    PoolRule("hyperrogue-music", ClipKind.MUSIC, _TUNE, r"/music/.*\.ogg$"),
    PoolRule("drascula-music", ClipKind.MUSIC, _TEST, r"\.ogg$"),
    PoolRule("wesnoth-1.16-data", ClipKind.EFFECT, _TRAIN, r"/sounds/.*\.(ogg|wav)$", f"{_WESNOTH_MUSICAL}|{_AMBIENT}"),
    PoolRule(
        "hedgewars-data",
        ClipKind.EFFECT,
        _TRAIN,
        r"/Sounds/[^/]*\.ogg$",
        r"custom|chant|valkyries|countdown|/\d.\.ogg|Yoo",
    ),
    PoolRule("colobot-common-sounds", ClipKind.EFFECT, _TRAIN, r"/sounds/sound\d+\.wav$"),
    PoolRule("hyperrogue-music", ClipKind.EFFECT, _TRAIN, r"/sounds/.*\.ogg$", r"seen|princess|speak"),
    PoolRule("warmux-data", ClipKind.EFFECT, _TUNE, r"/sound/default/(weapons|misc)/", r"music|victory|turn|newcomer"),
    PoolRule(
        "ufoai-sound",
        ClipKind.EFFECT,
        _TEST,
        r"/sound/(weapons|misc|impact|footsteps|seq|ui|door)",
        r"talk|roundstart|popup",
    ),
    PoolRule("wesnoth-1.16-data", ClipKind.AMBIENCE, _TRAIN, r"/sounds/ambient/.*\.ogg$", r"wardrums"),
    PoolRule("colobot-common-sounds", ClipKind.AMBIENCE, _TRAIN, r"/sounds/sound0(0[5-9]|1\d)\.wav$"),
    PoolRule(
        "sonic-pi-samples",
        ClipKind.AMBIENCE,
        _TUNE,
        r"/(ambi_sauna|ambi_soft_buzz|ambi_swoosh|vinyl_hiss|loop_3d_printer)",
    ),
    PoolRule("ufoai-sound", ClipKind.AMBIENCE, _TEST, r"/sound/(ambience|ugv)/", r"jingle|disco|radio|news|aliencom"),
)


@cache
def files_of_pool(split: Split, kind: ClipKind) -> tuple[Path, ...]:
    """Every file of a pool, in a fixed order; raises CorporaUnavailableError when a package is not available."""
    files: list[Path] = []
    for rule in RULES:
        if rule.kind is kind and split in rule.turns:
            files += deal_files(rule, split)
    return tuple(files)


def packages_of(split: Split) -> list[str]:
    """Names of the packages that a pool is built from."""
    return sorted({rule.package for rule in RULES if split in rule.turns})


def ensure_pool(split: Split) -> None:
    """Download every package of a pool, or raise CorporaUnavailableError."""
    ensure_packages(packages_of(split))


def deal_files(rule: PoolRule, split: Split) -> list[Path]:
    """Select the files of a rule that belong to a pool, in the order of their names."""
    root = unpack_package(rule.package)
    take, leave = re.compile(rule.take), re.compile(rule.leave)
    names = sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file() and not p.is_symlink())
    fit = [n for n in names if take.search(n) and not leave.search(n)]
    return [root / n for i, n in enumerate(fit) if rule.turns[i % len(rule.turns)] is split]
