from __future__ import annotations

import numpy as np
import pytest

from data_tools.benchmark.sketch_net import score_bits, transpose_tokens
from model.runtime.session import open_net
from model.sketch.net.decoder import Decoder
from model.sketch.net.tokens import NO_CONDITION, PITCH_AT, PITCHES, VOCABULARY, RoleNote, TokenBar, encode


def movement(bars: int) -> list[TokenBar]:
    scale = (0, 2, 4, 5, 7, 9, 11, 12)
    return [
        TokenBar(48, tuple(RoleNote(0, 6 * k, 6, 60 + scale[(bar + k) % 8], 76) for k in range(8)))
        for bar in range(bars)
    ]


def test_a_scale_costs_fewer_bits_the_longer_it_goes_on() -> None:
    cost = score_bits(open_net("sketch"), encode(movement(40)))
    assert cost[300:].mean() < cost[:40].mean()
    assert (cost >= 0).all()
    assert cost.mean() < np.log2(VOCABULARY) / 2


def test_scoring_in_windows_and_token_by_token_agree() -> None:
    net, bars = open_net("sketch"), movement(3)
    stream, decoder = encode(bars), Decoder(open_net("sketch"))
    decoder.begin_bar(48, NO_CONDITION)
    singly = list[float]()
    for token in stream.tokens[1:20]:
        logits = decoder.look().astype(np.float64)
        singly.append(float(np.logaddexp.reduce(logits) - logits[token]) / np.log(2))
        if token == 1:
            decoder.begin_bar(48, NO_CONDITION)
        else:
            decoder.push(token)
    assert score_bits(net, stream)[:19] == pytest.approx(
        singly, abs=0.35
    )  # int8 rounds a window and a token differently


def test_transposing_tokens_moves_pitches_alone_and_keeps_them_in_range() -> None:
    tokens = np.asarray(encode(movement(2)).tokens)
    up = transpose_tokens(tokens, 3)
    pitched = tokens >= PITCH_AT
    assert (up[~pitched] == tokens[~pitched]).all()
    assert (up[pitched] == tokens[pitched] + 3).all()
    edges = np.array([PITCH_AT, PITCH_AT + PITCHES - 1])
    assert transpose_tokens(edges, -5).tolist() == [PITCH_AT + 7, PITCH_AT + PITCHES - 6]
    assert transpose_tokens(edges, 6).tolist() == [PITCH_AT + 6, PITCH_AT + PITCHES - 7]
