"""The gate: what every request passes on its way in and every answer on its way out.

It gives a request its id, bounds its body, logs and counts it, adds the headers that keep browsers safe, and turns
whatever nobody expected into a problem document. Plain ASGI: streams pass through untouched.
"""

from __future__ import annotations

import re
import secrets
import time
from http import HTTPStatus

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api import metrics as figures
from serving.problems import answer_unexpected, http_response

MOST_BODY = 2**20  # of JSON; uploads bound themselves
UPLOADS = "/v1/uploads"
METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_OWN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_log = structlog.get_logger("cuelight.access")

# answers of the API are data: whatever is in them runs no script, loads nothing and is framed by nobody
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
}


class _TooLong(HTTPException):
    """A body goes on beyond what is taken; of a kind that the framework passes on while it reads one."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


class Gate:
    """Wraps the application."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        name = given if _OWN_ID.fullmatch(given) else secrets.token_hex(8)
        scope["cuelight.request_id"] = name
        passage = _Passage(scope, receive, send, name)
        with structlog.contextvars.bound_contextvars(request=name):
            try:
                passage.expect(_length(headers))
                await self._app(scope, passage.receive, passage.send)
            except _TooLong:
                await passage.answer_instead(http_response(413, name))
            except Exception as error:  # noqa: BLE001 - the one place that catches everything: logged, and never shown
                await passage.answer_instead(answer_unexpected(error, name))
            finally:
                passage.log()


class _Passage:
    """One request on its way."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, name: str) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._name = name
        self._began = time.perf_counter()
        self._read = 0
        self._status = 0
        self._answered_s = 0.0
        self.bounded = not scope["path"].startswith(UPLOADS)

    def expect(self, length: int) -> None:
        """Refuse a body that says itself that it is too long."""
        if self.bounded and length > MOST_BODY:
            raise _TooLong

    async def receive(self) -> Message:
        message = await self._receive()
        if self.bounded and message["type"] == "http.request":
            self._read += len(message.get("body", b""))
            if self._read > MOST_BODY:
                raise _TooLong
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._answered_s = time.perf_counter() - self._began
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self._name
            for header, value in SAFE_HEADERS.items():
                headers.setdefault(header, value)
            if self._scope["path"].startswith("/v1"):
                headers.setdefault("Cache-Control", "no-store")
        await self._send(message)

    async def answer_instead(self, response: ASGIApp) -> None:
        """Answer with a problem, unless an answer has begun."""
        if not self._status:
            await response(self._scope, self._receive, self.send)

    def log(self) -> None:
        """Write the line of the access log; never the query, which may hold a link's token."""
        known = getattr(self._scope.get("route"), "path", "")
        route = f"/v1{known}" if known and self._scope["path"].startswith("/v1/") else known
        # anything goes as a method, and each would stay in the memory
        method = self._scope["method"] if self._scope["method"] in METHODS else "other"
        figures.SECONDS.labels(method, route, self._status).observe(self._answered_s)
        level = "info" if self._status < HTTPStatus.INTERNAL_SERVER_ERROR else "warning"
        getattr(_log, level)(
            "request",
            method=self._scope["method"],
            path=self._said_path(),
            status=self._status,
            ms=round(1000 * (time.perf_counter() - self._began), 1),
        )

    def _said_path(self) -> str:
        """Return the path as it was sent, still encoded: nothing in it speaks to a terminal."""
        raw: bytes = self._scope.get("raw_path") or self._scope["path"].encode("utf-8", "surrogatepass")
        return raw.partition(b"?")[0].decode("ascii", "backslashreplace")[:500]


def _length(headers: Headers) -> int:
    said = headers.get("content-length", "0")
    return int(said) if said.isascii() and said.isdecimal() else 0
