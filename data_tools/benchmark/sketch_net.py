"""How well the sketch net predicts music it was not trained on: bits a note on nine held-out orchestral movements.

Family-collapsed role tokens, whole movements. The anchor is a Witten-Bell 4-gram on the same tokens of the same
movements: the best of three fits (orchestra; orchestra in all twelve keys, as in the net's training; all corpora).
Both are charged for every token but the first. In the first figure neither gets conditions; in the second the
net gets the conditions that a plan would give (they cost no bits, but an n-gram cannot use them).
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from data_tools.benchmark.ngram import WittenBell
from data_tools.benchmark.table import BenchRow, Skipped, data_folder
from data_tools.corpora.score_labels import token_bars
from data_tools.corpora.scores import ShortScore, read_scores, split_held_out
from model.runtime.session import Net, open_net
from model.sketch.net.decoder import CONTEXT, AttentionCache, Decoder
from model.sketch.net.tokens import (
    BAR,
    PITCH_AT,
    PITCHES,
    VOCABULARY,
    TokenBar,
    TokenStream,
    allowed_tokens,
    encode,
    inputs,
)

ON = "9 held-out orchestral movements"
SHARE = 0.85
_SPEED_TOKENS = 400  # less than the context of the net, so that every token sees all before it
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def rows() -> list[BenchRow]:
    """Return bits a note against the 4-gram, told nothing and told the plan, with the speed of writing in the note."""
    if not (data_folder() / "scores").is_dir():
        raise Skipped("the folder of CUELIGHT_DATA holds no scores")
    orchestra, held = split_held_out(read_scores("orchestra"))
    told = [token_bars(score) for score in held]
    silent = [[TokenBar(bar.length, bar.notes) for bar in movement] for movement in told]
    notes = sum(len(bar.notes) for movement in told for bar in movement)
    net = open_net("sketch")
    plain = _net_bits(net, silent) / notes
    planned = _net_bits(net, told) / notes
    grams = {
        name: float(sum(model.bits(encode(movement).tokens).sum() for movement in silent)) / notes
        for name, model in _ngrams(orchestra).items()
    }
    anchor = min(grams.values())
    figures = ", ".join(f"{name} {bits:.2f}" for name, bits in grams.items())
    note = f"net {plain:.2f} bits a note; 4-gram: {figures}; {notes} notes; int8 net as shipped"
    speed = f"writes {measure_speed(net):.0f} tokens per CPU-second; net {planned:.2f} bits a note"
    return [
        BenchRow("bits per note, net over 4-gram", ON, plain / anchor, SHARE, "<=", {"4-gram, bits": anchor}, note),
        BenchRow("bits per note told the plan, net over 4-gram", ON, planned / anchor, SHARE, "<=", note=speed),
    ]


def score_bits(net: Net, stream: TokenStream) -> Floats:
    """Score a movement with the exported net: bits of every token but the first, each told at least half a context."""
    half, count = CONTEXT // 2, len(stream.tokens) - 1
    out = np.zeros(count)
    for start in range(0, max(count - half, 1), half):
        end = min(start + CONTEXT, count)
        logits = net(**inputs(stream, start, end), **AttentionCache().inputs())["logits"][0]
        skip = 0 if start == 0 else half
        following = np.asarray(stream.tokens[start + 1 + skip : end + 1])
        out[start + skip : end] = _cost(logits[skip:].astype(np.float64), following)
    return out


def _cost(logits: Floats, following: Ints) -> Floats:
    shifted = logits - logits.max(axis=1, keepdims=True)
    chosen = shifted[np.arange(len(following)), following]
    return np.asarray((np.log(np.exp(shifted).sum(axis=1)) - chosen) / np.log(2))


def _net_bits(net: Net, movements: Sequence[Sequence[TokenBar]]) -> float:
    return float(sum(score_bits(net, encode(movement)).sum() for movement in movements))


def _ngrams(orchestra: Sequence[ShortScore]) -> dict[str, WittenBell]:
    here = [_tokens(score) for score in orchestra]
    keys = [transpose_tokens(tokens, shift) for tokens in here for shift in range(-5, 7)]
    others = [_tokens(score) for corpus in ("quartets", "lieder") for score in read_scores(corpus)]
    return {
        "orchestra": WittenBell(here, VOCABULARY),
        "in all keys": WittenBell(keys, VOCABULARY),
        "all corpora": WittenBell([*here, *others], VOCABULARY),
    }


def _tokens(score: ShortScore) -> Ints:
    bars = [TokenBar(b.length, n) for b, n in zip(score.bars, score.notes, strict=True)]
    return np.asarray(encode(bars).tokens, np.int64)


def transpose_tokens(tokens: Ints, shift: int) -> Ints:
    """Move the pitches among tokens, by an octave less where they would leave the range."""
    pitches = tokens - PITCH_AT
    moved = pitches + shift
    moved = np.where(moved < 0, moved + 12, np.where(moved >= PITCHES, moved - 12, moved))
    return np.where(pitches >= 0, moved + PITCH_AT, tokens)


def measure_speed(net: Net) -> float:
    """Tokens the net reads and proposes one by one in a second of CPU time, cache growing."""
    decoder, rng = Decoder(net), np.random.default_rng(7)
    began = time.process_time()
    decoder.begin_bar(48, TokenBar(48, ()).condition)
    for _ in range(_SPEED_TOKENS):
        logits = np.where(allowed_tokens(decoder.stream), decoder.look(), -np.inf)
        logits[BAR + 1] = -np.inf
        chance = np.exp(logits - logits.max())
        token = int(rng.choice(VOCABULARY, p=chance / chance.sum()))
        if token == BAR:
            decoder.begin_bar(48, TokenBar(48, ()).condition)
        else:
            decoder.push(token)
    return _SPEED_TOKENS / (time.process_time() - began)
