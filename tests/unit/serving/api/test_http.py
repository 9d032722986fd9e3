"""What every answer has in common: problems, versions, pages, limits, headers, files, the page."""

from __future__ import annotations

import base64
import json
import sqlite3
import time
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from model import errors
from model.errors import CuelightError, NotFound
from model.runtime.isolation import find_isolation
from serving import problems
from serving.api.expiry import write_use
from serving.api.files import disposition
from serving.api.gate import MOST_BODY
from serving.api.page import WebPage
from serving.store.database import BUSY_MS
from serving.store.tables import Project, Role, Share


def every_error() -> list[type[CuelightError]]:
    found, waiting = [], [CuelightError]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    return [kind for kind in found if kind.__module__ == errors.__name__]


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.code)
def test_every_error_has_a_status_and_a_document(kind: type[CuelightError]) -> None:
    status = problems.status_of(kind)
    assert 400 <= status < 600
    answer = problems.problem_response(kind("What happened.", hint="Do this."), "id-1")
    said = json.loads(answer.body)
    assert said == {
        "type": f"urn:cuelight:problem:{kind.code}",
        "title": kind.__doc__.strip().splitlines()[0],  # type: ignore[union-attr]
        "status": status,
        "detail": "What happened.",
        "code": kind.code,
        "hint": "Do this.",
        "instance": "id-1",
        "errors": [],
    }
    assert answer.media_type == "application/problem+json"


def test_codes_are_one_each() -> None:
    codes = [kind.code for kind in every_error()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "not-found"),
        ("POST", "/v1/nothing", 404, "not-found"),
        ("GET", "/v1", 404, "not-found"),
        ("GET", "/v1/", 404, "not-found"),
        ("GET", "/v1/projects/", 404, "not-found"),
        ("PUT", "/v1/projects", 405, "method-not-allowed"),
        ("POST", "/elsewhere", 405, "method-not-allowed"),
        ("TRACE", "/v1/session", 405, "method-not-allowed"),
    ],
)
def test_what_http_refuses_is_a_problem_too(world: Any, method: str, path: str, status: int, code: str) -> None:
    answer = world.ask(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["instance"] == answer.headers["x-request-id"]


def test_the_methods_of_an_address_are_told(world: Any) -> None:
    assert world.ask("PUT", "/v1/session").headers["allow"] == "DELETE, GET, POST"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b'{"frame": -1, "text": ""}', ["body.frame", "body.text"]),
        (b'{"frame": "3", "text": "x"}', ["body.frame"]),
        (b'{"frame": 3, "text": "x", "more": 1}', ["body.more"]),
        (b'{"frame": 3}', ["body.text"]),
        (b'{"frame": 99999, "text": "x"}', ["body.frame"]),
        (b'{"frame": 3, "text": "a\\u0000b"}', ["body.text"]),
        (b'{"frame": 3, "text": "\\ud800"}', ["body.text"]),
        (b'{"frame": 3, "text": "x", "cue": "../x"}', ["body.cue"]),
        (b"[]", ["body"]),
        (b"null", ["body"]),
    ],
)
def test_a_body_that_does_not_fit_names_its_fields(world: Any, api: ModuleType, body: bytes, fields: list[str]) -> None:
    headers = {"Content-Type": "application/json"}
    answer = world.ask("POST", f"/v1/reels/{api.REEL}/comments", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "request-invalid")
    assert [one["field"] for one in answer.json()["errors"]] == fields


@pytest.mark.parametrize("body", [b"{", b'{"a":' * 5000, b"\xff\xfe", b"NaN", b'{"frame": 1e999, "text": "x"}', b""])
def test_what_is_no_json_is_refused(world: Any, api: ModuleType, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = world.ask("POST", f"/v1/reels/{api.REEL}/comments", content=body, headers=headers)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_has_its_limit_said_or_not(world: Any, api: ModuleType) -> None:
    long = b'{"frame": 3, "text": "' + b"x" * MOST_BODY + b'"}'
    for content in (long, iter([long[: MOST_BODY // 2], long[MOST_BODY // 2 :]])):
        answer = world.ask("POST", f"/v1/reels/{api.REEL}/comments", content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


def test_a_fault_of_ours_is_told_by_its_id_alone(world: Any, api: ModuleType, monkeypatch: Any) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the secret of the house")

    monkeypatch.setattr("serving.api.routes.projects._out", break_down)
    answer = world.ask("GET", f"/v1/projects/{api.PROJECT}", headers={"X-Request-Id": "from-the-proxy"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.json()["instance"] == answer.headers["x-request-id"] == "from-the-proxy"
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("given", ["short", "x" * 65, "with space", "line\u00e9feed", "<script>"])
def test_a_request_id_of_theirs_must_be_harmless(world: Any, given: str) -> None:
    answer = world.client.get("/health", headers={"X-Request-Id": given.encode()})
    assert answer.headers["x-request-id"] != given


def test_a_change_names_the_state_it_changes(world: Any, api: ModuleType) -> None:
    path, body = f"/v1/projects/{api.PROJECT}", {"name": "Renamed"}
    assert world.ask("PATCH", path, json=body).json()["code"] == "version-missing"
    for wrong in ('"v2"', "v1", 'W/"v1"', "", '"r1"'):
        assert world.ask("PATCH", path, json=body, headers={"If-Match": wrong}).status_code == 412, wrong
    changed = world.ask("PATCH", path, json=body, headers={"If-Match": '"v0", "v1"'})
    assert (changed.status_code, changed.headers["etag"], changed.json()["name"]) == (200, '"v2"', "Renamed")
    assert world.ask("DELETE", path, headers={"If-Match": '"v1"'}).status_code == 412


def test_pages_follow_each_other_without_gap_or_double(world: Any, api: ModuleType) -> None:
    path = f"/v1/reels/{api.REEL}/comments"
    for n in range(7):
        world.ask("POST", path, json={"frame": n, "text": f"Remark {n}"})
    seen, cursor = [], ""
    while cursor is not None:
        page = world.ask("GET", f"{path}?limit=3" + (f"&cursor={cursor}" if cursor else "")).json()
        seen += [one["text"] for one in page["items"]]
        cursor = page["next"]
        if len(seen) == 3:
            world.ask("POST", path, json={"frame": 9, "text": "Remark 7"})
    assert seen == ["Later?", *(f"Remark {n}" for n in range(8))]


@pytest.mark.parametrize("cursor", ["x", "W10", "bnVsbA", "WzEsMl0", "e30", "a" * 300, "IyM"])
def test_a_cursor_must_be_one_of_that_list(world: Any, api: ModuleType, cursor: str) -> None:
    answer = world.ask("GET", f"/v1/reels/{api.REEL}/comments?cursor={cursor}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "query.cursor")


def test_whoever_asks_too_fast_waits(opened: Any) -> None:
    world = opened(requests_per_minute=5)
    answers = [world.ask("GET", "/v1/session") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[-1].json()["code"] == "too-many-requests"
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert world.ask("GET", "/v1/session", "editor").status_code == 200  # each counts alone
    guesses = [world.client.get("/v1/session", headers={"Authorization": f"Bearer cl_{n}"}) for n in range(6)]
    assert [answer.status_code for answer in guesses] == [401] * 5 + [429]
    assert world.ask("GET", "/health", "nobody").status_code == 200


def test_answers_are_harmless_to_a_browser(world: Any, api: ModuleType) -> None:
    roll = world.ask("GET", f"/v1/takes/{api.TAKE}/files/roll.svg")  # it holds a script
    assert roll.headers["content-type"] == "image/svg+xml"
    for answer in (roll, world.ask("GET", "/v1/session"), world.ask("GET", "/v1/nothing")):
        assert "sandbox" in answer.headers["content-security-policy"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert world.ask("GET", "/v1/session").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("wanted", "status", "size", "said"),
    [
        ("bytes=0-99", 206, 100, "bytes 0-99/102400"),
        ("bytes=102399-", 206, 1, "bytes 102399-102399/102400"),
        ("bytes=-10", 206, 10, "bytes 102390-102399/102400"),
        ("bytes=100-999999", 206, 102300, "bytes 100-102399/102400"),
        ("bytes=102400-", 416, None, "bytes */102400"),
        ("bytes=-0", 416, None, "bytes */102400"),
        ("bytes=5-2", 200, 102400, None),
        ("bytes=a-b", 200, 102400, None),
        ("frames=1-2", 200, 102400, None),
        ("bytes=0-1,5-6", 200, 102400, None),
        ("bytes=" + "9" * 400 + "-", 200, 102400, None),
    ],
)
def test_a_film_is_sent_in_parts(
    world: Any, api: ModuleType, wanted: str, status: int, size: int | None, said: str | None
) -> None:
    answer = world.ask("GET", f"/v1/reels/{api.REEL}/film", headers={"Range": wanted})
    assert answer.status_code == status
    assert answer.headers.get("content-range") == said
    if size is None:
        assert answer.json()["code"] == "range-unsatisfiable"
    else:
        assert len(answer.content) == size
        assert answer.headers["content-type"] == "video/mp4"


def test_a_film_is_sent_once(world: Any, api: ModuleType) -> None:
    whole = world.ask("GET", f"/v1/reels/{api.REEL}/film")
    assert whole.content == api.FILM
    assert whole.headers["cache-control"] == "private, no-cache", "the reel may be watched again"
    named = world.ask("GET", world.ask("GET", f"/v1/reels/{api.REEL}").json()["media"]["film"])
    assert named.content == api.FILM
    assert "immutable" in named.headers["cache-control"]
    other = world.ask("GET", f"/v1/reels/{api.REEL}/film?v={'0' * 64}")
    assert other.headers["cache-control"] == "private, no-cache"
    known = {"If-None-Match": whole.headers["etag"]}
    assert world.ask("GET", f"/v1/reels/{api.REEL}/film", headers=known).status_code == 304
    part = {"Range": "bytes=0-9", "If-Range": '"another"'}
    assert world.ask("GET", f"/v1/reels/{api.REEL}/film", headers=part).status_code == 200


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("cut.mov", "cut.mov"),
        ("../../etc/passwd", "passwd"),
        ("C:\\films\\cut.mov", "cut.mov"),
        ('Réel "1"\r\nX: y.mov', "R_el _1___X_ y.mov"),
        ("", "file"),
        ("..", "file"),
        ("\ud800.mov", "_.mov"),
        ("x" * 500, "x" * 180),
    ],
)
def test_a_name_is_data_not_a_header(name: str, plain: str) -> None:
    said = disposition(name)
    assert said.startswith(f"attachment; filename=\"{plain}\"; filename*=UTF-8''")
    assert said.isascii()
    assert not set(said) & set("\r\n\\")


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "dist" / "assets").mkdir(parents=True)
    (tmp_path / "dist" / "index.html").write_text("<!doctype html><title>Cuelight</title>")
    (tmp_path / "dist" / "assets" / "app-1.js").write_text("1")
    (tmp_path / "dist" / "secret.key").write_text("not a file of the page")
    (tmp_path / "outside.html").write_text("outside")
    return tmp_path / "dist"


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/", 200, "text/html; charset=utf-8"),
        ("/projects/x/reels/y", 200, "text/html; charset=utf-8"),
        ("/?token=ct_x", 200, "text/html; charset=utf-8"),
        ("/assets/app-1.js", 200, "text/javascript; charset=utf-8"),
        ("/assets/app-2.js", 404, "application/problem+json"),
        ("/secret.key", 404, "application/problem+json"),
        ("/../outside.html", 404, "application/problem+json"),
        ("/%2e%2e/outside.html", 404, "application/problem+json"),
        ("/assets/..%2f..%2foutside.html", 404, "application/problem+json"),
        ("/openapi.yaml", 404, "application/problem+json"),
    ],
)
def test_the_page_is_served_and_nothing_beside_it(world: Any, dist: Path, path: str, status: int, kind: str) -> None:
    world.app.router.default = WebPage(dist)
    answer = world.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, kind)
    if kind.startswith("text/html"):
        assert "script-src 'self';" in answer.headers["content-security-policy"]
        assert "sandbox" not in answer.headers["content-security-policy"]


def test_without_the_page_one_is_told_how_to_get_it(world: Any, tmp_path: Path) -> None:
    world.app.router.default = WebPage(tmp_path)
    answer = world.client.get("/")
    assert (answer.status_code, "make web" in answer.text) == (200, True)


def test_the_service_says_what_it_is_made_of(world: Any) -> None:
    assert world.client.get("/health").json() == {"status": "ok"}
    checks = {check["name"]: check for check in world.client.get("/ready").json()["checks"]}
    assert set(checks) >= {"database", "disk", "sandbox", "provider", "workers"}
    assert checks["sandbox"]["detail"] == find_isolation().describe()
    world.ask("GET", "/v1/session")
    world.ask("BREW", "/v1/session")
    figures = world.client.get("/metrics").text
    assert 'method="GET",route="/v1/session",status="200"' in figures
    assert 'method="other",route="/v1/session",status="405"' in figures
    assert "BREW" not in figures


def test_the_log_holds_no_token_and_speaks_to_no_terminal(world: Any) -> None:
    with structlog.testing.capture_logs() as lines:
        world.client.get("/v1/%1b%5b2J%0Afake?token=ct_secret", headers={"Authorization": "Bearer cl_secret"})
    line = next(one for one in lines if one["event"] == "request")
    assert line["path"] == "/v1/%1b%5b2J%0Afake"
    assert (line["method"], line["status"]) == ("GET", 404)
    assert "secret" not in str(lines)


def test_what_one_has_is_not_sent_again(world: Any, api: ModuleType) -> None:
    made = world.ask("POST", f"/v1/reels/{api.REEL}/comments", json={"frame": 1, "text": "x"}).json()
    path = f"/v1/comments/{made['id']}"
    for known in ('"v1"', 'W/"v1"', '"v0", "v1"', "*"):
        assert world.ask("GET", path, headers={"If-None-Match": known}).status_code == 304
    assert world.ask("GET", path, headers={"If-None-Match": '"v2"'}).status_code == 200


def test_what_changes_without_a_new_version_is_never_called_unchanged(world: Any, api: ModuleType) -> None:
    """A reel's tag counts its names, a project's too; how far the one is and your role in the other are not in it."""
    for place in (f"/v1/reels/{api.REEL}", f"/v1/projects/{api.PROJECT}"):
        first = world.ask("GET", place)
        again = world.ask("GET", place, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.headers["cache-control"]) == (200, "no-store")


@pytest.mark.parametrize("values", ["[100000000000000000000000000]", '[1.0, "\\ud800"]', "[true]", "{}", "[" * 90])
def test_no_cursor_is_too_strange(world: Any, api: ModuleType, values: str) -> None:
    cursor = base64.urlsafe_b64encode(values.encode()).decode().rstrip("=")
    for place in ("audit", "reels", "webhooks", "shares"):
        answer = world.ask("GET", f"/v1/projects/{api.PROJECT}/{place}?cursor={cursor}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "query.cursor")


def test_reading_goes_on_while_somebody_else_writes(world: Any, api: ModuleType) -> None:
    with sqlite3.connect(world.service.settings.home / "cuelight.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        assert world.ask("GET", f"/v1/reels/{api.REEL}").status_code == 200
        assert time.monotonic() - began < BUSY_MS / 1000 / 2
        other.execute("ROLLBACK")
    other.close()
    write_use(world.service)
    keys = world.ask("GET", "/v1/keys").json()["items"]
    assert [abs(datetime.fromisoformat(key["used"]).timestamp() - time.time()) < 60 for key in keys] == [True]


def test_what_belongs_to_something_just_deleted_is_not_our_fault(world: Any, api: ModuleType) -> None:
    with pytest.raises(NotFound, match="just been deleted"), world.service.database.write() as session:
        session.add(Share(project="gone", name="x", role=Role.VIEWER, secret_sha256="0" * 64, expires=1.0))


def test_secrets_do_not_go_into_an_errors_text(world: Any, api: ModuleType) -> None:
    def twice() -> None:
        with world.service.database.write() as session:
            session.add_all([Project(id="same", name="whsec_secret"), Project(id="other", name="whsec_secret")])
            session.flush()
            session.execute(text("INSERT INTO project (id, name, version, created) VALUES (:id, :name, 1, 0)"), TWICE)

    with pytest.raises(IntegrityError) as caught:
        twice()
    assert "whsec" not in str(caught.value)


TWICE = {"id": "same", "name": "whsec_secret"}
