from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_tools.benchmark.ngram import WittenBell

pieces = st.lists(st.lists(st.integers(0, 4), min_size=2, max_size=20), min_size=1, max_size=4)


@given(pieces, st.lists(st.integers(0, 4), min_size=1, max_size=6), st.integers(1, 4))
def test_the_probabilities_of_all_tokens_sum_to_one(seen: list[list[int]], context: list[int], order: int) -> None:
    model = WittenBell(seen, 5, order)
    costs = [model.bits([*context, following])[-1] for following in range(5)]
    assert sum(2.0**-cost for cost in costs) == pytest.approx(1)


def test_probabilities_computed_by_hand() -> None:
    """Seen: a b a b a c. After a: b twice, c once, two kinds; unigram a 3, b 2, c 1 of 6, three kinds, four tokens."""
    model = WittenBell([[0, 1, 0, 1, 0, 2]], 4, 2)
    unigram = (2 + 3 / 4) / (6 + 3)
    assert model.bits([0, 1])[0] == pytest.approx(-np.log2((2 + 2 * unigram) / (3 + 2)))
    never = (0 + 3 / 4) / (6 + 3)
    assert model.bits([3, 3])[0] == pytest.approx(-np.log2(never))


def test_a_higher_order_predicts_a_pattern_better() -> None:
    pattern = [0, 0, 1, 0, 0, 2] * 30
    short, long = (WittenBell([pattern], 3, order).bits(pattern).mean() for order in (2, 4))
    assert long < short / 2


def test_no_n_gram_reaches_from_one_piece_into_the_next() -> None:
    apart = WittenBell([[0, 1], [2, 3]], 4, 2)
    joined = WittenBell([[0, 1, 2, 3]], 4, 2)
    assert apart.bits([1, 2])[0] > joined.bits([1, 2])[0]


def test_too_many_tokens_are_refused() -> None:
    with pytest.raises(ValueError, match="63 bits"):
        WittenBell([[0, 1]], 2**17, 4)
