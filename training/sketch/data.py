"""What the sketch net trains on: windows of movements, transposed, some roles given, some conditions left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor

from data_tools.corpora.score_labels import token_bars
from data_tools.corpora.scores import ShortScore, split_held_out
from model.sketch.net.tokens import (
    END,
    FIELD_OFFSETS,
    NO_CONDITION,
    ROLES,
    Condition,
    RoleNote,
    TokenBar,
    TokenStream,
    unpack_sounds,
    write_bar,
)
from training.sketch.config import (
    ALL_UNSAID_SHARE,
    GIVEN_AGAIN_SHARE,
    MELODY_GIVEN_SHARE,
    NOTHING_GIVEN_SHARE,
    ONE_UNSAID_SHARE,
    OTHER_GIVEN_SHARE,
    TRANSPOSE_SEMITONES,
    WATCHED,
)

_FIELDS = tuple(f.name for f in fields(Condition))


@dataclass(frozen=True, slots=True)
class MovementPool:
    """Movements to draw from; ``weights`` by their bars, summing to one."""

    pieces: list[list[TokenBar]]
    weights: list[float]


def make_pool(scores: Sequence[ShortScore]) -> MovementPool:
    """Label movements and weigh them by length."""
    pieces = [token_bars(score) for score in scores if score.bars]
    total = sum(len(piece) for piece in pieces)
    return MovementPool(pieces, [len(piece) / total for piece in pieces])


def split_orchestra(orchestra: list[ShortScore]) -> tuple[list[ShortScore], list[ShortScore], list[ShortScore]]:
    """Split orchestral movements into those trained on, those watched while training, and those held out."""
    rest, out = split_held_out(orchestra)
    watched = {s.name for s in rest[:: len(rest) // WATCHED][:WATCHED]}
    return [s for s in rest if s.name not in watched], [s for s in rest if s.name in watched], out


def draw_window(bars: Sequence[TokenBar], tokens: int, rng: np.random.Generator) -> TokenStream:
    """Write bars from a random one on until ``tokens`` are written; near the end, from the first bar instead."""
    stream = _write_window(bars[int(rng.integers(len(bars))) :], tokens, rng)
    return stream if len(stream.tokens) > tokens else _write_window(bars, tokens, rng)


def _write_window(bars: Sequence[TokenBar], tokens: int, rng: np.random.Generator) -> TokenStream:
    stream = TokenStream()
    shift = int(rng.integers(TRANSPOSE_SEMITONES[0], TRANSPOSE_SEMITONES[1] + 1))
    unsaid = _choose_unsaid_fields(rng)
    nothing = rng.random() < NOTHING_GIVEN_SHARE
    given = () if nothing else _choose_given_roles(rng)
    for bar in bars:
        if not nothing and rng.random() < GIVEN_AGAIN_SHARE:
            given = _choose_given_roles(rng)
        write_bar(stream, _vary_bar(bar, shift, unsaid, given), given)
        if len(stream.tokens) > tokens:
            return stream
    stream.push(END)
    return stream


def _choose_given_roles(rng: np.random.Generator) -> tuple[int, ...]:
    chance = rng.random(len(ROLES))
    return tuple(r for r in range(len(ROLES)) if chance[r] < (OTHER_GIVEN_SHARE if r else MELODY_GIVEN_SHARE))


def _choose_unsaid_fields(rng: np.random.Generator) -> dict[str, int] | None:
    """Return the fields left unsaid as zeros; None for all of them."""
    if rng.random() < ALL_UNSAID_SHARE:
        return None
    return {
        name: 0 for name, chance in zip(_FIELDS, rng.random(len(_FIELDS)), strict=True) if chance < ONE_UNSAID_SHARE
    }


def _vary_bar(bar: TokenBar, shift: int, unsaid: dict[str, int] | None, given: tuple[int, ...]) -> TokenBar:
    notes = tuple(RoleNote(n.role, n.pos, n.dur, n.pitch + shift, n.velocity) for n in bar.notes)
    if unsaid is None:
        return TokenBar(bar.length, notes, NO_CONDITION)
    theme = 2 if 0 in given and any(n.role == 0 for n in notes) else 1
    said = replace(bar.condition.transpose(shift), **{"theme": theme, **unsaid})
    return TokenBar(bar.length, notes, said)


def draw_batch(
    pools: Sequence[MovementPool], chances: Sequence[float], size: int, tokens: int, rng: np.random.Generator
) -> list[Tensor]:
    """Draw a batch: tokens [b, t], fields [b, t, f], sounds [b, t, 12], targets [b, t] (-1 past a movement's end)."""
    token = np.zeros((size, tokens + 1), np.int64)
    told = np.zeros((size, tokens, len(FIELD_OFFSETS)), np.int64)
    sounds = np.zeros((size, tokens), np.int64)
    for row in range(size):
        chosen = pools[int(rng.choice(len(pools), p=chances))]
        piece = chosen.pieces[int(rng.choice(len(chosen.pieces), p=chosen.weights))]
        stream = draw_window(piece, tokens, rng)
        count = min(len(stream.tokens), tokens + 1)
        token[row, :count] = stream.tokens[:count]
        told[row, : min(count, tokens)] = stream.rows[: min(count, tokens)]
        sounds[row, : min(count, tokens)] = stream.sounds[: min(count, tokens)]
    targets = np.where(token[:, 1:] == 0, -1, token[:, 1:])
    parts = (token[:, :-1], told + FIELD_OFFSETS, unpack_sounds(sounds), targets)
    return [torch.from_numpy(np.ascontiguousarray(part)) for part in parts]
