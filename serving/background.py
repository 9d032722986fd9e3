"""What the service does again and again beside answering: nothing that goes wrong once may end it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from model.errors import CuelightError

_log = structlog.get_logger("cuelight.loops")


async def keep_doing(name: str, act: Callable[[], Awaitable[object]], every_s: float) -> None:
    """Do something, wait, and do it again, until cancelled; a failure is written into the log."""
    while True:
        try:
            await act()
        except CuelightError as error:
            _log.warning("held up", loop=name, code=error.code, detail=error.message)
        except Exception:  # noqa: BLE001 - the next time may go well
            _log.exception("at fault", loop=name)
        await asyncio.sleep(every_s)
