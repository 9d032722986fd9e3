from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from data_tools.corpora.scores import CorpusBar, ShortScore
from model.nets.sketch_net import SketchConfig
from model.runtime.session import Net
from model.sketch.net.tokens import (
    BAR,
    END,
    FIELDS,
    NO_CONDITION,
    ROLE_AT,
    ROLES,
    Condition,
    RoleNote,
    TokenBar,
    encode,
    inputs,
)
from training.sketch.config import SketchRecipe
from training.sketch.data import MovementPool, draw_batch, draw_window, make_pool, split_orchestra
from training.sketch.evaluate import evaluate, remove_conditions, score_bits
from training.sketch.train import TrainingRun, export_int8, learning_rate_share

TINY = SketchRecipe(net=SketchConfig(24, 2, 3, 48), steps=30, size=4, muon_rate=0.02, rate=5e-3)


def score(name: str = "a", bars: int = 24, shift: int = 0) -> ShortScore:
    scale = (0, 2, 4, 5, 7, 9, 11, 12)
    laid = tuple(CorpusBar(48 * k, 48, 4, 4, 100.0) for k in range(bars))
    notes = tuple(
        (
            *(RoleNote(0, 12 * q, 12, 60 + shift + scale[(k + q) % 8], 80) for q in range(4)),
            RoleNote(1, 0, 48, 36 + shift + scale[k % 8], 70),
        )
        for k in range(bars)
    )
    return ShortScore(name, "orchestra", laid, notes)


@pytest.fixture(scope="module")
def pools() -> list[MovementPool]:
    one = make_pool([score("a"), score("b", 12, 5)])
    return [one, one, one]


def test_training_learns_and_can_be_resumed(pools: list[MovementPool], tmp_path: Path) -> None:
    torch.set_num_threads(1)
    run = TrainingRun(TINY, tmp_path)
    costs = [run.advance(pools, step / 30) for step in range(20)]
    run.save()
    assert np.mean(costs[-3:]) < np.mean(costs[:3]) - 1
    again = TrainingRun(TINY, tmp_path)
    assert again.step == 20
    assert [again.advance(pools, step / 30) for step in (20, 21)] == [
        run.advance(pools, step / 30) for step in (20, 21)
    ]


def test_a_fresh_run_repeats_itself(pools: list[MovementPool], tmp_path: Path) -> None:
    first, second = TrainingRun(TINY, tmp_path / "a"), TrainingRun(TINY, tmp_path / "b")
    assert [first.advance(pools, 0.1) for _ in range(2)] == [second.advance(pools, 0.1) for _ in range(2)]


def cache(count: int, *filled: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[np.generic]]:
    keys, values = np.zeros((2, 1, 3, 8, 6), np.float32), np.zeros((2, 1, 3, 6, 8), np.float32)
    if filled:
        keys[..., :count], values[:, :, :, :count] = filled
    named = {f"keys_{i}": keys[i] for i in range(2)} | {f"values_{i}": values[i] for i in range(2)}
    return {"count": np.array(count, np.int64), **named}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning", "ignore::UserWarning")
def test_the_exported_net_gives_what_the_trained_one_does(tmp_path: Path) -> None:
    run = TrainingRun(TINY, tmp_path)
    path = tmp_path / "net.onnx"
    path.write_bytes(export_int8(run.net))
    net = Net(path)
    stream = encode([TokenBar(48, (RoleNote(0, 0, 12, 60, 80), RoleNote(1, 24, 24, 48, 80)))])
    whole = inputs(stream)
    at_once = net(**whole, **cache(0))["logits"][0]
    first = net(**{k: v[:, :3] for k, v in whole.items()}, **cache(0))
    kept = cache(3, first["new_keys"], first["new_values"])
    rest = net(**{k: v[:, 3:] for k, v in whole.items()}, **kept)
    torch_says = run.net(*(torch.from_numpy(whole[k]) for k in ("tokens", "fields", "sounds")))[0].detach().numpy()
    spread = torch_says.std()
    assert np.abs(at_once - torch_says).max() < 0.3 * spread
    assert np.abs(np.concatenate([first["logits"][0], rest["logits"][0]]) - at_once).max() < 0.3 * spread


def test_a_window_is_long_enough_or_ends_with_the_movement() -> None:
    bars = make_pool([score()]).pieces[0]
    rng = np.random.default_rng(0)
    for _ in range(20):
        stream = draw_window(bars, 60, rng)
        assert stream.tokens[0] == BAR
        assert len(stream.tokens) > 60 or stream.tokens[-1] == END
    assert draw_window(bars[:2], 1000, rng).tokens[-1] == END


def test_windows_vary_in_key_in_the_roles_given_and_in_the_conditions() -> None:
    bars = make_pool([score()]).pieces[0]
    rng = np.random.default_rng(1)
    streams = [draw_window(bars, 200, rng) for _ in range(40)]
    bass_first = [s.tokens[1] == ROLE_AT + 1 for s in streams]
    silent = [not any(s.rows[0][4:]) for s in streams]
    tops = {max(s.tokens) for s in streams}
    assert any(bass_first)
    assert not all(bass_first)
    assert 2 <= sum(silent) <= 25
    assert len(tops) >= 8


def test_a_batch_has_the_shapes_the_net_reads(pools: list[MovementPool]) -> None:
    tokens, told, sounds, targets = draw_batch(pools, (1, 0, 0), 3, 40, np.random.default_rng(0))
    assert tokens.shape == targets.shape == (3, 40)
    assert told.shape == (3, 40, FIELDS)
    assert sounds.shape == (3, 40, 12)
    assert torch.equal(tokens[:, 1:], targets[:, :-1])


def test_scoring_counts_every_token_once(tmp_path: Path) -> None:
    net = TrainingRun(TINY, tmp_path).net
    movement = make_pool([score()]).pieces[0]
    stream = encode(movement)
    cost = score_bits(net, stream)
    assert cost.shape == (len(stream.tokens) - 1,)
    assert (cost > 0).all()
    both = evaluate(net, [movement], bars=4)
    assert set(both) == {"told nothing", "told all"}
    assert all(bar.condition == NO_CONDITION for bar in remove_conditions(movement))
    assert movement[0].condition != Condition()


def test_the_rate_rises_then_falls() -> None:
    rates = [learning_rate_share(p, TINY) for p in np.linspace(0, 1, 101)]
    top = int(np.argmax(rates))
    assert 1 <= top <= 4
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] == pytest.approx(TINY.lowest)


def test_nothing_watched_or_held_out_is_trained_on() -> None:
    everything = [replace(score(), name=f"movement {k}") for k in range(30)]
    trained, watched, held = ({s.name for s in part} for part in split_orchestra(everything))
    assert len(held) == 9
    assert len(watched) == 3
    assert not trained & watched
    assert not (trained | watched) & held
    assert len(trained | watched | held) == 30
    assert len(ROLES) == 6
