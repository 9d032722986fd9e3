"""Loops: whatever goes wrong once, the next turn comes."""

import asyncio

import pytest

from model.errors import ServiceBusy
from serving.background import keep_doing


@pytest.mark.parametrize("error", [ServiceBusy("The database is busy."), OSError("disk"), KeyError("ours")])
def test_a_failure_does_not_end_it(error: Exception) -> None:
    turns: list[int] = []
    enough = asyncio.Event()

    async def act() -> None:
        turns.append(len(turns))
        if len(turns) == 5:
            enough.set()
        if len(turns) < 3:
            raise error

    async def some() -> None:
        doing = asyncio.create_task(keep_doing("test", act, 0.001))
        await enough.wait()
        doing.cancel()

    asyncio.run(asyncio.wait_for(some(), 10))
    assert turns[:5] == [0, 1, 2, 3, 4]
