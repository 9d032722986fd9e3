"""The page of the review room, if it was built; the API works without it."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from serving.problems import http_response, request_id

DIST = Path(__file__).parent.parent / "web" / "dist"
RESERVED = frozenset({"v1", "health", "ready", "metrics", "openapi.json"})
TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
# scripts, styles and fonts of our own only; what players make of films and takes are blobs
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Cuelight</title>
<h1>Cuelight is running</h1>
<p>The page of the review room was not built. Build it with <code>make web</code> and reload this address.</p>
<p>The API works without it: see <a href="/openapi.json">its description</a> and <a href="/ready">its state</a>.</p>
</html>
"""


class WebPage:
    """Answers whatever no route of the API takes: files of the page, and the page itself for every other address."""

    def __init__(self, dist: Path = DIST) -> None:
        """Serve the built page in ``dist``."""
        self._dist = dist

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        response = self._answer(Request(scope))
        await response(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        path = request.scope["path"].lstrip("/")
        if path.split("/", 1)[0] in RESERVED:
            return http_response(404, request_id(request))
        if request.method not in {"GET", "HEAD"}:
            return http_response(405, request_id(request), headers={"Allow": "GET, HEAD"})
        file = self._files().get(path)
        if file is not None and path != "index.html":
            return self._send(file, immutable=path.startswith("assets/"))
        if "." in path.rsplit("/", 1)[-1]:
            return http_response(404, request_id(request))
        index = self._dist / "index.html"
        if index.is_file():
            return self._send(index, immutable=False)
        return HTMLResponse(NOT_BUILT, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"})

    def _files(self) -> dict[str, Path]:
        """List what was built: only what is in this list is ever opened, whatever the address says."""
        if not self._dist.is_dir():
            return {}
        return {str(f.relative_to(self._dist)): f for f in self._dist.rglob("*") if f.suffix in TYPES and f.is_file()}

    def _send(self, file: Path, *, immutable: bool) -> Response:
        kept = "public, max-age=31536000, immutable" if immutable else "no-cache"
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": kept}
        return FileResponse(file, headers=headers, media_type=TYPES[file.suffix])
