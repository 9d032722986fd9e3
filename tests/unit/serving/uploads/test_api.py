"""The uploads over HTTP against a bytearray: whatever is sent, cut, refused, restarted, both agree on every byte."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from serving.api.service import hash_secret
from serving.settings import Settings
from serving.store.tables import Account, Key, Member, Role, Upload
from serving.uploads.arrival import finish
from serving.uploads.service import upload_service_of
from serving.uploads.store import UploadStore
from tests.unit.serving.uploads.uploads_app import PROJECT, SECRET, make_app, make_service

ROOT = "/v1/uploads"
BYTES = "application/offset+octet-stream"


@dataclass
class Answer:
    """What the application said."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def _call(
    app: FastAPI, method: str, path: str, headers: Mapping[str, str], parts: Sequence[bytes], *, cut: bool
) -> Answer:
    """Send one request; the body comes in parts, and the connection may be cut after them."""
    answer = Answer()
    waiting = list(parts)

    async def receive() -> dict[str, Any]:
        if waiting:
            part = waiting.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(waiting) or cut}
        return (
            {"type": "http.disconnect"} if cut or parts else {"type": "http.request", "body": b"", "more_body": False}
        )

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            answer.body += message.get("body", b"")

    sent = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": sent,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)
    return answer


class Server:
    """A service with nothing but the uploads, in this process."""

    def __init__(self, home: Path, **more: Any) -> None:
        self.home, self.more = home, more
        self.loop = asyncio.new_event_loop()
        self.app = make_app(Settings(home=home, **more))

    def restart(self) -> None:
        """Forget everything that is not on the disk."""
        self._stop()
        self.app.state.upload_service = None
        self.app.state.service = make_service(Settings(home=self.home, **self.more))

    def close(self) -> None:
        self._stop()
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    def _stop(self) -> None:
        upload_service = getattr(self.app.state, "upload_service", None)
        if upload_service is not None:
            upload_service.threads.shutdown()
        self.app.state.service.database.close()

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, *parts: bytes, cut: bool = False
    ) -> Answer:
        sent = {"Authorization": f"Bearer {SECRET}", "Tus-Resumable": "1.0.0", **(headers or {})}
        kept = {name: value for name, value in sent.items() if value}
        return self.loop.run_until_complete(_call(self.app, method, path, kept, parts, cut=cut))

    def begin(self, length: int, headers: Mapping[str, str] | None = None, **told: str) -> Answer:
        said = ",".join(f"{name} {encoded(text.encode())}" for name, text in {"project": PROJECT, **told}.items())
        return self.ask("POST", ROOT, {"Upload-Length": str(length), "Upload-Metadata": said, **(headers or {})})

    def send(self, path: str, offset: int, *parts: bytes, cut: bool = False, **headers: str) -> Answer:
        return self.ask(
            "PATCH", path, {"Upload-Offset": str(offset), "Content-Type": BYTES, **headers}, *parts, cut=cut
        )


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def checksum(data: bytes) -> dict[str, str]:
    return {"Upload-Checksum": f"sha256 {encoded(hashlib.sha256(data).digest())}"}


def problem(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.json["status"], answer.json["code"]) == (status, status, code), answer
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert answer.json["detail"]


@pytest.fixture
def server(tmp_path: Path) -> Any:
    found = Server(tmp_path / "home")
    yield found
    found.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server for tests that do not care who was there before."""
    found = Server(tmp_path_factory.mktemp("shared"))
    yield found
    found.close()


# -- the protocol ---------------------------------------------------------------------------------------------------


def test_options_tell_everything_without_a_key(shared: Server) -> None:
    for path in (ROOT, f"{ROOT}/upload_{'0' * 30}"):
        told = shared.ask("OPTIONS", path, {"Authorization": "", "Tus-Resumable": ""})
        assert told.status == 204
        assert told.headers["tus-version"] == "1.0.0"
        assert set(told.headers["tus-extension"].split(",")) == {
            "creation",
            "creation-with-upload",
            "termination",
            "expiration",
            "checksum",
        }
        assert told.headers["tus-checksum-algorithm"] == "sha256,sha1"
        assert int(told.headers["tus-max-size"]) == 64 * 2**30


def test_an_upload_from_begin_to_end(server: Server) -> None:
    film = bytes(range(256)) * 40
    made = server.begin(len(film), filename="../../cut.mp4", sha256=hashlib.sha256(film).hexdigest())
    path = made.headers["location"]
    assert (made.status, made.headers["upload-offset"]) == (201, "0")
    assert made.headers["upload-expires"].endswith("GMT")
    asked = server.ask("HEAD", path)
    assert asked.status == 200
    assert asked.headers["cache-control"] == "no-store"
    assert (asked.headers["upload-offset"], asked.headers["upload-length"]) == ("0", str(len(film)))
    assert asked.headers["upload-metadata"].startswith(f"project {encoded(PROJECT.encode())},filename ")
    first = server.send(path, 0, film[:5000], film[5000:6000])
    assert (first.status, first.headers["upload-offset"], first.body) == (204, "6000", b"")
    assert "upload-expires" in first.headers
    last = server.send(path, 6000, film[6000:])
    assert (last.status, last.headers["upload-offset"]) == (204, str(len(film)))
    assert "upload-expires" not in last.headers
    state = server.ask("GET", path, {"Tus-Resumable": ""}).json
    assert (state["state"], state["received"], state["name"]) == ("complete", len(film), "../../cut.mp4")
    assert state["reel"].startswith("reel_")
    assert state["job"].startswith("job_")
    assert server.ask("HEAD", path).headers["upload-offset"] == str(len(film))
    assert server.send(path, len(film)).status == 204
    problem(server.send(path, 3, b"x"), 409, "upload-conflict")
    assert {p.name.split(".db")[0] for p in server.home.iterdir()} == {"artefacts", "uploads", "cuelight"}
    assert not list((server.home / "uploads").iterdir())


def test_creation_with_the_first_bytes(server: Server) -> None:
    said = f"project {encoded(PROJECT.encode())}"
    headers = {"Upload-Length": "6", "Upload-Metadata": said, "Content-Type": BYTES}
    made = server.ask("POST", ROOT, headers, b"abc")
    assert (made.status, made.headers["upload-offset"]) == (201, "3")
    whole = server.ask("POST", ROOT, headers | checksum(b"abcdef"), b"abcdef")
    assert server.ask("GET", whole.headers["location"]).json["state"] == "complete"
    problem(server.ask("POST", ROOT, headers | checksum(b"other"), b"abcdef"), 460, "checksum-wrong")
    problem(server.ask("POST", ROOT, headers, b"abcdefg"), 413, "upload-too-large")
    assert len(list((server.home / "uploads").iterdir())) == 1  # only the one that goes on


def test_an_empty_film_is_complete_at_once(shared: Server) -> None:
    made = shared.begin(0)
    assert shared.ask("GET", made.headers["location"]).json["state"] == "complete"


def test_bytes_that_do_not_follow(shared: Server) -> None:
    path = shared.begin(10).headers["location"]
    shared.send(path, 0, b"abc")
    for offset in (0, 2, 4, 10):
        told = shared.send(path, offset, b"")
        problem(told, 409, "upload-conflict")
        assert told.json["received"] == 3


def test_bytes_beyond_the_length(shared: Server) -> None:
    path = shared.begin(10).headers["location"]
    problem(shared.send(path, 0, b"x" * 11, **{"Content-Length": "11"}), 413, "upload-too-large")
    problem(shared.send(path, 0, b"x" * 6, b"x" * 6), 413, "upload-too-large")
    assert shared.ask("HEAD", path).headers["upload-offset"] == "0"


def test_a_film_that_is_finished_while_somebody_looks_is_whole(server: Server, monkeypatch: Any) -> None:
    path = server.begin(3).headers["location"]
    upload_service, upload = upload_service_of(server.app), path.rsplit("/", 1)[-1]
    with upload_service.uploads.files.open(upload) as writing:
        writing.begin(guarded=False)
        writing.append(b"abc")
        writing.keep()
    received = UploadStore.received_bytes

    def late(files: UploadStore, name: str) -> int | None:
        monkeypatch.setattr(UploadStore, "received_bytes", received)
        finish(upload_service.uploads, name)
        return received(files, name)

    monkeypatch.setattr(UploadStore, "received_bytes", late)
    answer = server.ask("HEAD", path)
    assert (answer.status, answer.headers["upload-offset"]) == (200, "3")


def test_a_wrong_checksum_takes_its_bytes_back(shared: Server) -> None:
    path = shared.begin(10).headers["location"]
    shared.send(path, 0, b"abc", **checksum(b"abc"))
    problem(shared.send(path, 3, b"def", **checksum(b"xyz")), 460, "checksum-wrong")
    assert shared.ask("HEAD", path).headers["upload-offset"] == "3"
    assert shared.send(path, 3, b"def", **checksum(b"def")).status == 204


def test_another_film_than_promised(server: Server) -> None:
    path = server.begin(3, sha256="0" * 64).headers["location"]
    problem(server.send(path, 0, b"abc"), 460, "checksum-wrong")
    state = server.ask("GET", path).json
    assert (state["state"], state["reel"], state["problem"]["code"]) == ("refused", None, "checksum-wrong")
    assert state["received"] == 0
    assert server.ask("HEAD", path).status == 410
    problem(server.send(path, 0, b"abc"), 410, "not-found")
    assert server.ask("DELETE", path).status == 204
    assert server.ask("HEAD", path).status == 404


def test_termination(server: Server) -> None:
    path = server.begin(10).headers["location"]
    server.send(path, 0, b"abc")
    assert server.ask("DELETE", path).status == 204
    problem(server.ask("GET", path), 404, "not-found")
    problem(server.send(path, 3, b"x"), 404, "not-found")
    assert not list((server.home / "uploads").iterdir())


def test_methods_in_a_header(shared: Server) -> None:
    path = shared.begin(3).headers["location"]
    headers = {"X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0", "Content-Type": BYTES}
    assert shared.ask("POST", path, headers, b"ab").headers["upload-offset"] == "2"
    problem(shared.ask("POST", path, {"X-HTTP-Method-Override": "TRACE"}), 422, "request-invalid")
    assert shared.ask("POST", path, {"X-HTTP-Method-Override": "DELETE"}).status == 204


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("POST", {"Tus-Resumable": ""}, 412),
        ("POST", {"Tus-Resumable": "0.2.2"}, 412),
        ("POST", {"Upload-Length": ""}, 400),
        ("POST", {"Upload-Length": "-1"}, 400),
        ("POST", {"Upload-Length": "9" * 17}, 413),
        ("POST", {"Upload-Length": "", "Upload-Defer-Length": "1"}, 400),
        ("POST", {"Upload-Metadata": ""}, 422),
        ("POST", {"Upload-Metadata": "project !"}, 400),
        ("POST", {"Upload-Metadata": f"project {encoded(b'project_x')}"}, 404),
        ("POST", {"Authorization": ""}, 401),
        ("PATCH", {"Tus-Resumable": ""}, 412),
        ("PATCH", {"Upload-Offset": ""}, 400),
        ("PATCH", {"Upload-Offset": "x"}, 400),
        ("PATCH", {"Content-Type": "text/plain"}, 415),
        ("PATCH", {"Upload-Checksum": "crc32 AAAA"}, 400),
        ("PATCH", {"Authorization": "Bearer cl_nobody"}, 401),
        ("DELETE", {"Tus-Resumable": ""}, 412),
    ],
)
def test_what_does_not_fit_is_refused_with_its_header(
    shared: Server, method: str, headers: dict[str, str], status: int
) -> None:
    path = shared.begin(10).headers["location"]
    right = {"Upload-Length": "10", "Upload-Metadata": f"project {encoded(PROJECT.encode())}"}
    if method == "PATCH":
        right = {"Upload-Offset": "0", "Content-Type": BYTES}
    told = shared.ask(method, ROOT if method == "POST" else path, right | headers)
    assert told.status == told.json["status"] == status, told
    assert told.headers["tus-resumable"] == "1.0.0"
    assert ("tus-version" in told.headers) == (status == 412)
    if status in {400, 412, 415, 422}:
        assert told.json["errors"][0]["field"].startswith("header.")
    assert shared.ask("HEAD", path).headers["upload-offset"] == "0"


@pytest.mark.parametrize(
    "choices",
    [
        "no json",
        "[]",
        '{"coverage": 2}',
        '{"start_timecode": "1:2:3"}',
        '{"colour": "red"}',
        '{"cut": ""}',
        '{"subtitles": {"text": "x", "format": "exe"}}',
        "[" * 5000,
    ],
)
def test_choices_that_cannot_be_had(shared: Server, choices: str) -> None:
    told = shared.begin(10, choices=choices)
    problem(told, 422, "request-invalid")
    assert told.json["errors"][0]["field"].startswith("header.upload-metadata.choices")


def test_choices_may_be_sent_on_their_own(server: Server) -> None:
    path = server.begin(3, choices='{"coverage": 0.5}').headers["location"]
    script = {"text": "INT. ROOM - DAY\n" * 20_000, "format": "fountain"}
    body = json.dumps({"cut": "Lock 3", "script": script}).encode()
    put = server.ask("PUT", f"{path}/choices", {"Content-Type": "application/json"}, body)
    assert put.status == 200, put
    server.send(path, 0, b"abc")
    problem(server.ask("PUT", f"{path}/choices", {"Content-Type": "application/json"}, b"{}"), 409, "state-conflict")
    from sqlalchemy import select

    from serving.store.tables import ReelRow

    with server.app.state.service.database.read() as session:
        reel = session.scalars(select(ReelRow)).one()
        assert (reel.cut, reel.choices) == ("Lock 3", {"cut": "Lock 3", "script": script})


def test_choices_without_end_are_not_read(shared: Server) -> None:
    path = f"{shared.begin(3).headers['location']}/choices"
    said = {"Content-Type": "application/json", "Content-Length": str(2**24)}
    problem(shared.ask("PUT", path, said, b"{}"), 413, "request-invalid")
    assert shared.ask("PUT", path, {"Content-Type": "application/json"}, *[b" " * 2**20] * 12).status in {400, 413}


def test_over_quota_and_too_large(tmp_path: Path) -> None:
    server = Server(tmp_path, quota_bytes=1000, longest_upload_bytes=2000)
    problem(server.begin(2001), 413, "upload-too-large")
    problem(server.begin(1001), 413, "quota-exceeded")
    assert server.begin(1000).status == 201
    problem(server.begin(1), 413, "quota-exceeded")
    assert len(list((server.home / "uploads").iterdir())) == 1
    server.close()


def test_an_upload_that_expired(tmp_path: Path) -> None:
    server = Server(tmp_path, upload_expires_s=0.01)
    path = server.begin(3).headers["location"]
    asyncio.run(asyncio.sleep(0.02))
    assert server.ask("HEAD", path).status == 410
    problem(server.send(path, 0, b"abc"), 410, "not-found")
    server.close()


def test_an_upload_in_use_is_renewed(server: Server) -> None:
    path = server.begin(10).headers["location"]
    with server.app.state.service.database.write() as session:
        row = session.get_one(Upload, path.rsplit("/", 1)[1])
        row.expires = row.created + 60
        before = row.expires
    server.send(path, 0, b"abc")
    with server.app.state.service.database.read() as session:
        assert session.get_one(Upload, path.rsplit("/", 1)[1]).expires > before + 3600


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DIRECTOR, Role.EDITOR, None])
def test_only_who_may_edit_uploads(server: Server, role: Role | None) -> None:
    path = server.begin(10).headers["location"]
    with server.app.state.service.database.write() as session:
        other = Account(name="Other")
        session.add(other)
        session.flush()
        session.add(Key(person=other.id, name="k", secret_sha256=hash_secret("cl_other"), scopes=["read", "write"]))
        if role:
            session.add(Member(project=PROJECT, person=other.id, role=role))
    mine = {"Authorization": "Bearer cl_other"}
    looks = 404 if role is None else 200
    changes = {None: 404, Role.EDITOR: 204}.get(role, 403)
    assert server.ask("GET", path, mine).status == looks
    assert server.ask("HEAD", path, mine).status == looks
    assert server.send(path, 0, b"x", **mine).status == changes
    assert server.begin(10, mine).status == (201 if role is Role.EDITOR else changes)
    assert server.ask("DELETE", path, mine).status == changes


def test_a_connection_that_falls_silent_lets_go(server: Server, monkeypatch: Any) -> None:
    from serving.uploads import receiving

    monkeypatch.setattr(receiving, "PATIENCE_S", 0.05)
    path = server.begin(10).headers["location"]

    async def silent() -> Answer:
        answer = Answer()
        waiting = [{"type": "http.request", "body": b"abc", "more_body": True}]

        async def receive() -> Any:
            return waiting.pop() if waiting else await asyncio.sleep(60)

        async def send(message: Any) -> None:
            answer.status = message.get("status", answer.status)

        headers = {"authorization": f"Bearer {SECRET}", "tus-resumable": "1.0.0", "upload-offset": "0"}
        sent = [(name.encode(), value.encode()) for name, value in (headers | {"content-type": BYTES}).items()]
        scope = {"type": "http", "method": "PATCH", "path": path, "raw_path": path.encode(), "headers": sent}
        more = {"query_string": b"", "root_path": "", "scheme": "http", "http_version": "1.1"}
        await server.app({**scope, **more, "client": ("127.0.0.1", 1), "server": ("a", 80)}, receive, send)
        return answer

    assert server.loop.run_until_complete(silent()).status == 503
    assert server.ask("HEAD", path).headers["upload-offset"] == "3"
    assert server.send(path, 3, b"d").status == 204


# -- anything, in any order -------------------------------------------------------------------------------------------

PARTS = st.lists(st.binary(min_size=1, max_size=30), min_size=1, max_size=4)


class Uploads(RuleBasedStateMachine):
    """One upload of a hundred bytes and a bytearray."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        self.server = Server(self.home)

    def teardown(self) -> None:
        self.server.close()
        shutil.rmtree(self.home)

    @initialize(length=st.integers(1, 100))
    def begin(self, length: int) -> None:
        self.length, self.model = length, bytearray()
        self.path = self.server.begin(length).headers["location"]

    @rule(
        parts=PARTS,
        promised=st.sampled_from(["", "right", "wrong"]),
        cut=st.booleans(),
        off=st.sampled_from([0, 0, 0, 1, -1]),
    )
    def send(self, parts: list[bytes], promised: str, cut: bool, off: int) -> None:
        body = b"".join(parts)
        headers = {"": {}, "right": checksum(body), "wrong": checksum(body + b"!")}[promised]
        offset = len(self.model) + off
        if offset < 0:
            return
        told = self.server.send(self.path, offset, *parts, cut=cut, **headers)
        if len(self.model) == self.length:
            assert told.status == (409 if off else 204)
        elif off:
            assert told.status == 409
        elif len(self.model) + len(body) > self.length:
            assert told.status == 413
        elif cut and promised:
            pass  # nobody heard the answer, and nothing was kept
        elif promised == "wrong":
            assert told.status == 460
        else:
            self.model += body
            assert cut or told.headers["upload-offset"] == str(len(self.model))

    @rule()
    def restart(self) -> None:
        self.server.restart()

    @rule(length=st.integers(1, 100))
    def terminate(self, length: int) -> None:
        done = len(self.model) == self.length
        assert self.server.ask("DELETE", self.path).status == (409 if done else 204)
        assert self.server.ask("HEAD", self.path).status == (200 if done else 404)
        self.begin(length)

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "path"):
            return
        asked = self.server.ask("HEAD", self.path)
        assert (asked.status, asked.headers["upload-offset"]) == (200, str(len(self.model)))
        state = self.server.ask("GET", self.path).json
        assert state["state"] == ("complete" if len(self.model) == self.length else "open")
        if state["state"] == "complete":
            assert self.server.app.state.service.artefacts.has(hashlib.sha256(self.model).hexdigest())


TestUploads = Uploads.TestCase
TestUploads.settings = settings(max_examples=6, stateful_step_count=20, deadline=None)
