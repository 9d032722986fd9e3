"""From a request's body to the file: blocks of some megabytes, written in threads while the next ones come in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from typing import TypeVar

from starlette.requests import ClientDisconnect

from model.errors import ChecksumWrong, CuelightError, ServiceBusy, UploadTooLarge
from serving.uploads.store import BLOCK_BYTES, Writing
from serving.uploads.tus import Promise

PATIENCE_S = 30.0  # a connection that gives nothing for so long is dead, and others wait for its lock
R = TypeVar("R")


class Receiver:
    """Takes the body of one request into an upload that only it writes."""

    def __init__(self, writing: Writing, length: int, promised: Promise | None, threads: Executor) -> None:
        self._writing, self._length, self._promised, self._threads = writing, length, promised, threads
        self._sum = promised.sum() if promised else None
        self._waited = False

    async def take(self, stream: AsyncIterator[bytes]) -> None:
        """Write the body.

        What arrived before the connection was cut is kept, unless a checksum was promised for the whole. Raises
        ``UploadTooLarge`` or ``ChecksumWrong``, and then nothing of this body is kept; ``DiskFull``, and then what
        fitted is, or ``ServiceBusy`` if the connection fell silent.
        """
        await self._run(lambda: self._writing.begin(guarded=self._promised is not None))
        try:
            whole = await self._fill(stream)
        except CuelightError as error:
            lost = self._promised or isinstance(error, UploadTooLarge)
            await self._run(self._writing.undo if lost else self._writing.keep)
            raise
        await self._run(lambda: self._settle(whole=whole))
        if self._waited:
            raise ServiceBusy("No bytes came for a long time.", hint="Ask for the offset and go on from there.")

    async def _fill(self, stream: AsyncIterator[bytes]) -> bool:
        """Write the blocks as they come; return whether the body came to its end."""
        now = asyncio.get_running_loop().time
        parts: list[bytes] = []
        size, end = 0, self._writing.offset
        under_way: asyncio.Future[None] | None = None
        whole = True
        try:
            async with asyncio.timeout(PATIENCE_S) as patience:
                async for part in stream:
                    size, end = size + len(part), end + len(part)
                    if end > self._length:
                        raise _too_long(self._length)
                    parts.append(part)
                    if size >= BLOCK_BYTES:
                        patience.reschedule(None)  # the disk may take its time
                        if under_way is not None:
                            await under_way
                        under_way = self._run(_bound(self._append, parts))
                        parts, size = [], 0
                    patience.reschedule(now() + PATIENCE_S)
        except ClientDisconnect:
            whole = False
        except TimeoutError:
            whole, self._waited = False, True
        finally:
            if under_way is not None:
                await under_way
        await self._run(_bound(self._append, parts))
        return whole

    def _append(self, parts: list[bytes]) -> None:
        block = b"".join(parts)
        self._writing.append(block)
        if self._sum is not None:
            self._sum.update(block)

    def _settle(self, *, whole: bool) -> None:
        """Keep what came for good, or take it back."""
        if self._promised is None or self._sum is None:
            self._writing.keep()
        elif not whole:
            self._writing.undo()
        else:
            try:
                self._promised.check(self._sum)
            except ChecksumWrong:
                self._writing.undo()
                raise
            self._writing.keep()

    def _run(self, work: Callable[[], R]) -> asyncio.Future[R]:
        return asyncio.get_running_loop().run_in_executor(self._threads, work)


def _bound(work: Callable[[list[bytes]], None], parts: list[bytes]) -> Callable[[], None]:
    return lambda: work(parts)


def _too_long(length: int) -> UploadTooLarge:
    return UploadTooLarge(f"These bytes go beyond the {length} that were announced.", hint="Begin a new upload.")
