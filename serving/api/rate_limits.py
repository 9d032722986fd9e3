"""How fast somebody may ask."""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from model.errors import TooManyRequests
from serving.problems import with_members


class RateLimits:
    """Counts requests per caller over the last minute, in this process."""

    def __init__(self, per_minute: int) -> None:
        """Allow ``per_minute`` requests to each caller."""
        self._limit = RateLimitItemPerMinute(per_minute)
        self._counter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def count(self, caller: str) -> None:
        """Count a request; raises TooManyRequests, which says when to try again."""
        if self._counter.hit(self._limit, caller):
            return
        ends = self._counter.get_window_stats(self._limit, caller).reset_time
        wait = max(1, math.ceil(ends - time.time()))
        error = TooManyRequests("Requests come faster than allowed.", hint=f"Try again in {wait} s.")
        raise with_members(error, retry_after_s=wait)
