"""Turns: who may write next, first come first served.

SQLite makes a second writer ask again at growing intervals, so in a crowd one that is unlucky waits past its patience
while others write many times. Here the writers of one process stand in line; only those of other processes are left
to SQLite's asking.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock


class TurnTimeout(TimeoutError):
    """The turn did not come in time."""


class WriteQueue:
    """A lock that is handed on in the order in which it was asked for."""

    def __init__(self) -> None:
        """Nobody has the turn."""
        self._guard = Lock()
        self._waiting: deque[Lock] = deque()
        self._taken = False

    @contextmanager
    def turn(self, patience_s: float) -> Generator[None]:
        """Wait for the turn and hold it through the block; raises TurnTimeout after ``patience_s`` seconds."""
        self._take(patience_s)
        try:
            yield
        finally:
            self._hand_on()

    def _take(self, patience_s: float) -> None:
        mine = Lock()
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=patience_s):
            return
        with self._guard:
            if mine not in self._waiting:
                return  # it came between the end of our patience and here
            self._waiting.remove(mine)
        raise TurnTimeout(f"no turn within {patience_s} s")

    def _hand_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
