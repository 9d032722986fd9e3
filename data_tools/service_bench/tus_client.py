"""A minimal client of tus 1.0, without retries, so that it measures the server alone."""

from __future__ import annotations

import base64
import hashlib
import http.client
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data_tools.service_bench.service import RunningService

UPLOADS = "/v1/uploads"
VERSION = {"Tus-Resumable": "1.0.0"}


@dataclass(frozen=True, slots=True)
class TusClient:
    """Uploads to a service."""

    server: RunningService

    def begin(self, length: int, name: str = "film.mp4", **metadata: str) -> str:
        """Begin an upload; return its path."""
        fields = {"project": self.server.project, "filename": name, **metadata}
        encoded = ",".join(f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in fields.items())
        headers = {**VERSION, "Upload-Length": str(length), "Upload-Metadata": encoded}
        made = self.server.ask("POST", UPLOADS, headers=headers)
        if made.status != http.HTTPStatus.CREATED:
            raise RuntimeError(f"no upload: {made}")
        return made.headers["location"]

    def ask_offset(self, path: str) -> int:
        """Ask how many bytes of an upload the service has."""
        asked = self.server.ask("HEAD", path, headers=VERSION)
        if asked.status != http.HTTPStatus.OK:
            raise RuntimeError(f"no offset: {asked}")
        return int(asked.headers["upload-offset"])

    def ask_state(self, path: str) -> dict[str, Any]:
        """Ask for the state of an upload, as the API gives it."""
        return dict(self.server.ask("GET", path).body)

    def send(self, path: str, offset: int, data: bytes) -> int:
        """Send bytes in one request; return the status."""
        return self._patch(path, offset, len(data), lambda connection: connection.send(data))

    def send_file(self, path: str, offset: int, file: Path, count: int) -> int:
        """Send ``count`` bytes of a file from ``offset`` in one request; return the status."""

        def send_body(connection: http.client.HTTPConnection) -> None:
            with file.open("rb") as source:
                connection.sock.sendfile(source, offset, count)

        return self._patch(path, offset, count, send_body)

    def send_all(self, data: bytes, name: str = "film.mp4", **metadata: str) -> str:
        """Upload a small film in one request; return the path of the upload."""
        path = self.begin(len(data), name, sha256=hashlib.sha256(data).hexdigest(), **metadata)
        if data and (status := self.send(path, 0, data)) != http.HTTPStatus.NO_CONTENT:
            raise RuntimeError(f"not taken: {status}")
        return path

    def _patch(
        self, path: str, offset: int, count: int, send_body: Callable[[http.client.HTTPConnection], None]
    ) -> int:
        connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=120)
        try:
            connection.putrequest("PATCH", path)
            sent = {**VERSION, "Upload-Offset": offset, "Content-Length": count}
            for name, value in (
                self.server.auth_headers() | sent | {"Content-Type": "application/offset+octet-stream"}
            ).items():
                connection.putheader(name, str(value))
            connection.endheaders()
            send_body(connection)
            return connection.getresponse().status
        finally:
            connection.close()
