"""Turns are taken in the order in which they were asked for, and given back whatever happens."""

import threading
import time

import pytest

from serving.store.write_queue import TurnTimeout, WriteQueue

PATIENCE_S = 30.0


def waiters(turns: WriteQueue, count: int) -> int:
    """Wait until so many stand in line."""
    until = time.monotonic() + PATIENCE_S
    while len(turns._waiting) < count and time.monotonic() < until:
        time.sleep(0.001)
    return len(turns._waiting)


def test_first_come_first_served() -> None:
    turns, came = WriteQueue(), list[int]()

    def stand_in_line(number: int) -> None:
        with turns.turn(PATIENCE_S):
            came.append(number)

    threads = [threading.Thread(target=stand_in_line, args=(n,)) for n in range(8)]
    with turns.turn(PATIENCE_S):
        for number, thread in enumerate(threads):
            thread.start()
            assert waiters(turns, number + 1) == number + 1
    for thread in threads:
        thread.join(PATIENCE_S)
    assert came == list(range(8))


def test_one_who_writes_again_and_again_goes_to_the_end_of_the_line() -> None:
    turns, came = WriteQueue(), list[str]()

    def write(name: str, times: int) -> None:
        for _ in range(times):
            with turns.turn(PATIENCE_S):
                came.append(name)

    greedy = threading.Thread(target=write, args=("greedy", 3))
    modest = threading.Thread(target=write, args=("modest", 1))
    with turns.turn(PATIENCE_S):
        greedy.start()
        assert waiters(turns, 1) == 1
        modest.start()
        assert waiters(turns, 2) == 2
    for thread in (greedy, modest):
        thread.join(PATIENCE_S)
    assert came == ["greedy", "modest", "greedy", "greedy"]


def test_patience_ends_and_the_place_in_line_is_given_up() -> None:
    turns = WriteQueue()
    with turns.turn(PATIENCE_S):
        with pytest.raises(TurnTimeout), turns.turn(0.01):
            pytest.fail("two at once")
        assert waiters(turns, 0) == 0
    with turns.turn(0.01):
        assert turns._taken


def fail_in_a_turn(turns: WriteQueue) -> None:
    with turns.turn(PATIENCE_S):
        raise ZeroDivisionError


def test_a_failure_gives_the_turn_back() -> None:
    turns = WriteQueue()
    with pytest.raises(ZeroDivisionError):
        fail_in_a_turn(turns)
    with turns.turn(0.01):
        assert turns._taken
