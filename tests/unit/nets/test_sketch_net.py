from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from model.nets.sketch_net import BLOCK, SketchConfig, SketchNet, Stepper, attend_causally
from model.sketch.net.tokens import FIELD_OFFSETS, FIELD_SIZES, FIELDS, VOCABULARY

TINY = SketchConfig(width=24, layers=2, heads=3, context=32)


@pytest.fixture
def net() -> SketchNet:
    torch.manual_seed(1)
    return SketchNet(TINY).eval()


def fed(length: int, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    random = torch.Generator().manual_seed(seed)
    tokens = torch.randint(0, VOCABULARY, (1, length), generator=random)
    told = torch.stack([torch.randint(0, size, (1, length), generator=random) for size in FIELD_SIZES], dim=2)
    sounds = torch.randint(0, 2, (1, length, 12), generator=random).float()
    return tokens, told + torch.from_numpy(FIELD_OFFSETS), sounds


def test_nothing_later_is_heard(net: SketchNet) -> None:
    first, second = fed(20, 0), fed(20, 1)
    mixed = [torch.cat([a[:, :12], b[:, 12:]], dim=1) for a, b in zip(first, second, strict=True)]
    here, there = net(*first), net(*mixed)
    assert torch.allclose(here[:, :12], there[:, :12], atol=1e-5)
    assert not torch.allclose(here[:, 12:], there[:, 12:], atol=1e-3)


@pytest.mark.parametrize("cuts", [(1,) * 10, (4, 1, 5), (10,)])
def test_continuing_from_a_cache_changes_nothing(net: SketchNet, cuts: tuple[int, ...]) -> None:
    whole = fed(10)
    head, room = TINY.width // TINY.heads, 16
    keys, values = (
        torch.zeros(TINY.layers, 1, TINY.heads, head, room),
        torch.zeros(TINY.layers, 1, TINY.heads, room, head),
    )
    out, at = list[Tensor](), 0
    for length in cuts:
        part = [x[:, at : at + length] for x in whole]
        logits, own_keys, own_values = Stepper(net)(*part, torch.tensor(at), *keys, *values)
        out.append(logits)
        keys[..., at : at + length], values[..., at : at + length, :] = own_keys, own_values
        at += length
    assert torch.allclose(torch.cat(out, dim=1), net(*whole), atol=1e-4)


@pytest.mark.parametrize("length", [7, BLOCK, 2 * BLOCK + 5])
def test_blocks_attend_like_the_whole(length: int) -> None:
    q, k, v = torch.randn(3, 2, 3, length, 8, generator=torch.Generator().manual_seed(3))
    whole = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    assert torch.allclose(attend_causally(q, k, v), whole, atol=1e-5)


def test_training_and_running_embed_alike(net: SketchNet) -> None:
    whole = fed(9)
    running = net(*whole)
    assert torch.allclose(net.train()(*whole), running, atol=1e-5)


def test_it_starts_knowing_nothing(net: SketchNet) -> None:
    logits = net(*fed(30))
    assert logits.shape == (1, 30, VOCABULARY)
    cost = functional.cross_entropy(logits[0], torch.randint(0, VOCABULARY, (30,)))
    assert cost.item() == pytest.approx(torch.log(torch.tensor(float(VOCABULARY))).item(), abs=0.3)


def test_every_field_and_every_pitch_class_is_heard(net: SketchNet) -> None:
    tokens, told, sounds = fed(3)
    before = net(tokens, told, sounds)[0, -1]
    for field in range(FIELDS):
        changed = told.clone()
        low = int(FIELD_OFFSETS[field])
        changed[0, -1, field] = low + (int(changed[0, -1, field]) - low + 1) % FIELD_SIZES[field]
        assert not torch.allclose(net(tokens, changed, sounds)[0, -1], before, atol=1e-6)
    assert not torch.allclose(net(tokens, told, 1 - sounds)[0, -1], before, atol=1e-6)
