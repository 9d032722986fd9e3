"""Who may do what: one table over every route there is. A route without an entry fails."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import select, update

from serving.store.tables import Audit, Event, Key, Member, Role, Share

VIEWERS = frozenset({"owner", "composer", "editor", "director", "viewer", "director-link", "viewer-link", "reel-link"})
DIRECTORS = VIEWERS - {"viewer", "viewer-link"}
EDITORS = frozenset({"owner", "composer", "editor"})
COMPOSERS = frozenset({"owner", "composer"})
OWNERS = frozenset({"owner"})
PEOPLE = frozenset({"owner", "composer", "editor", "director", "viewer", "stranger"})
EVERYBODY = VIEWERS | PEOPLE
OF_ONE_REEL = frozenset({"reel-link"})  # a link narrowed to a reel


@dataclass(frozen=True)
class Rule:
    """Who may do it; ``foreign``: about no project, so a stranger is somebody like any other."""

    who: frozenset[str]
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    query: str = ""
    foreign: bool = False
    open: bool = False
    not_of_one_reel: bool = False


MATCH = {"If-Match": "*"}
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
COMMENT = {"frame": 3, "text": "Here?"}
NOBODYS = "person_" + "f" * 30

TABLE: dict[tuple[str, str], Rule] = {
    ("GET", "/openapi.json"): Rule(EVERYBODY, open=True),
    ("GET", "/health"): Rule(EVERYBODY, open=True),
    ("GET", "/ready"): Rule(EVERYBODY, open=True),
    ("GET", "/metrics"): Rule(EVERYBODY, open=True),
    ("GET", "/v1/session"): Rule(EVERYBODY, foreign=True),
    ("POST", "/v1/session"): Rule(EVERYBODY, {"token": "ct_the-printed-link"}, open=True),
    ("GET", "/v1/session/oidc"): Rule(EVERYBODY, open=True),
    ("GET", "/v1/session/oidc/callback"): Rule(EVERYBODY, open=True),
    ("DELETE", "/v1/session"): Rule(EVERYBODY, foreign=True),
    ("GET", "/v1/projects"): Rule(EVERYBODY, foreign=True),
    ("POST", "/v1/projects"): Rule(PEOPLE, {"name": "New"}, foreign=True),
    ("GET", "/v1/projects/{project}"): Rule(VIEWERS),
    ("PATCH", "/v1/projects/{project}"): Rule(EDITORS, {"name": "Other"}, MATCH),
    ("DELETE", "/v1/projects/{project}"): Rule(OWNERS),
    ("GET", "/v1/projects/{project}/members"): Rule(VIEWERS),
    ("PUT", "/v1/projects/{project}/members/{person}"): Rule(OWNERS, {"role": "viewer"}),
    ("DELETE", "/v1/projects/{project}/members/{person}"): Rule(OWNERS),
    ("GET", "/v1/projects/{project}/shares"): Rule(EDITORS),
    ("POST", "/v1/projects/{project}/shares"): Rule(EDITORS, {"name": "Ada", "role": "viewer"}),
    ("DELETE", "/v1/projects/{project}/shares/{share}"): Rule(EDITORS),
    ("GET", "/v1/projects/{project}/webhooks"): Rule(OWNERS),
    ("POST", "/v1/projects/{project}/webhooks"): Rule(OWNERS, {"url": "https://hooks.example/"}),
    ("POST", "/v1/projects/{project}/webhooks/{webhook}/resume"): Rule(OWNERS),
    ("DELETE", "/v1/projects/{project}/webhooks/{webhook}"): Rule(OWNERS),
    ("GET", "/v1/projects/{project}/audit"): Rule(OWNERS),
    ("GET", "/v1/projects/{project}/reels"): Rule(VIEWERS),
    ("GET", "/v1/projects/{project}/events"): Rule(VIEWERS, query="?after=9007199254740993"),  # refused after the gate
    ("GET", "/v1/people"): Rule(PEOPLE, foreign=True),
    ("POST", "/v1/people"): Rule(OWNERS, {"name": "Ada"}, foreign=True),
    ("POST", "/v1/people/{person}/invitation"): Rule(OWNERS, foreign=True),
    ("GET", "/v1/keys"): Rule(PEOPLE, foreign=True),
    ("POST", "/v1/keys"): Rule(PEOPLE, {"name": "Farm", "scopes": ["read"]}, foreign=True),
    ("DELETE", "/v1/keys/{key}"): Rule(OWNERS, foreign=True),  # others have other keys: not found
    ("OPTIONS", "/v1/uploads"): Rule(EVERYBODY, headers=TUS, open=True),
    ("OPTIONS", "/v1/uploads/{upload}"): Rule(EVERYBODY, headers=TUS, open=True),
    ("POST", "/v1/uploads"): Rule(EDITORS, headers={**TUS, "Upload-Length": "9", "Upload-Metadata": "META"}),
    ("POST", "/v1/uploads/{upload}"): Rule(EDITORS, headers={**BYTES, "X-HTTP-Method-Override": "PATCH"}),
    ("HEAD", "/v1/uploads/{upload}"): Rule(VIEWERS, headers=TUS, not_of_one_reel=True),
    ("GET", "/v1/uploads/{upload}"): Rule(VIEWERS, not_of_one_reel=True),
    ("PATCH", "/v1/uploads/{upload}"): Rule(EDITORS, b"abc", BYTES),
    ("DELETE", "/v1/uploads/{upload}"): Rule(EDITORS, headers=TUS),
    ("PUT", "/v1/uploads/{upload}/choices"): Rule(EDITORS, {"cut": "v2"}),
    ("GET", "/v1/reels/{reel}"): Rule(VIEWERS),
    ("PATCH", "/v1/reels/{reel}"): Rule(EDITORS, {"cut": "v7"}, MATCH),
    ("DELETE", "/v1/reels/{reel}"): Rule(OWNERS),
    ("GET", "/v1/reels/{reel}/film"): Rule(VIEWERS),
    ("GET", "/v1/reels/{reel}/sound"): Rule(VIEWERS),
    ("GET", "/v1/reels/{reel}/lanes"): Rule(VIEWERS),
    ("GET", "/v1/reels/{reel}/waveform"): Rule(VIEWERS),
    ("GET", "/v1/reels/{reel}/thumbnails/{n}"): Rule(VIEWERS),
    ("GET", "/v1/reels/{reel}/notes"): Rule(VIEWERS),
    ("GET", "/v1/reels/{reel}/notes/revisions"): Rule(VIEWERS),
    ("POST", "/v1/reels/{reel}/notes/edits"): Rule(EDITORS, {"edits": [{"op": "renumber"}]}, {"If-Match": '"r1"'}),
    ("POST", "/v1/reels/{reel}/notes/preview"): Rule(EDITORS, {"coverage": 0.4}),
    ("GET", "/v1/reels/{reel}/notes/compare"): Rule(VIEWERS, query="?from=1"),
    ("GET", "/v1/reels/{reel}/compare"): Rule(VIEWERS, query="?with=REEL"),
    ("GET", "/v1/reels/{reel}/notes/page"): Rule(VIEWERS),
    ("GET", "/v1/reels/{reel}/notes/files/{exporter}"): Rule(VIEWERS),
    ("GET", "/v1/reels/{reel}/comments"): Rule(VIEWERS),
    ("POST", "/v1/reels/{reel}/comments"): Rule(DIRECTORS, COMMENT),
    ("GET", "/v1/comments/{comment}"): Rule(VIEWERS),
    ("PATCH", "/v1/comments/{comment}"): Rule(DIRECTORS, {"resolved": True}, MATCH),
    ("DELETE", "/v1/comments/{comment}"): Rule(frozenset({"owner", "director"})),  # its author, or an owner
    ("GET", "/v1/reels/{reel}/approvals"): Rule(VIEWERS),
    ("PUT", "/v1/reels/{reel}/cues/{cue}/approval"): Rule(DIRECTORS, {"verdict": "approved"}),
    ("DELETE", "/v1/reels/{reel}/cues/{cue}/approval"): Rule(DIRECTORS),
    ("GET", "/v1/reels/{reel}/takes"): Rule(VIEWERS),
    ("GET", "/v1/takes/{take}"): Rule(VIEWERS),
    ("POST", "/v1/takes/{take}/accept"): Rule(COMPOSERS),
    ("POST", "/v1/takes/{take}/reject"): Rule(COMPOSERS),
    ("GET", "/v1/takes/{take}/files/{name:path}"): Rule(VIEWERS),
    ("GET", "/v1/reels/{reel}/themes"): Rule(VIEWERS),
    ("GET", "/v1/reels/{reel}/themes/files/{name:path}"): Rule(VIEWERS),
    ("POST", "/v1/jobs"): Rule(EDITORS, {"kind": "themes", "reel": "REEL"}),
    ("GET", "/v1/jobs"): Rule(EVERYBODY, foreign=True),
    ("GET", "/v1/jobs/{job}"): Rule(VIEWERS),
    ("POST", "/v1/jobs/{job}/cancel"): Rule(EDITORS),
    ("POST", "/v1/jobs/{job}/retry"): Rule(EDITORS),
    ("GET", "/v1/jobs/{job}/file"): Rule(VIEWERS),
}


def place(api: ModuleType, path: str) -> str:
    """Put the ids of the world into a path."""
    job = {"retry": api.FAILED_JOB, "cancel": api.SCORE_JOB}.get(path.rsplit("/", 1)[-1], api.DELIVER_JOB)
    theme = "themes/a.flac" if "themes" in path else "stems/str.flac"
    ids = {
        "{project}": api.PROJECT,
        "{person}": api.PEOPLE["viewer"],
        "{share}": api.SHARES["viewer-link"],
        "{webhook}": api.WEBHOOK,
        "{key}": api.thing("key"),
        "{upload}": api.UPLOAD,
        "{reel}": api.REEL,
        "{comment}": api.COMMENT,
        "{take}": api.TAKE,
        "{job}": job,
        "{cue}": api.CUE,
        "{n}": "0",
        "{exporter}": "json",
        "{name:path}": theme,
    }
    for name, value in ids.items():
        path = path.replace(name, value)
    return path


def send(world: Any, api: ModuleType, method: str, path: str, who: str) -> Any:
    rule = TABLE[method, path]
    headers = {k: v.replace("META", api.UPLOAD_METADATA) for k, v in rule.headers.items()}
    body = dict(rule.body) if isinstance(rule.body, dict) else rule.body
    if isinstance(body, dict) and body.get("reel") == "REEL":
        body["reel"] = api.REEL
    sent = {"content": body} if isinstance(body, bytes) else {"json": body} if body is not None else {}
    return world.ask(method, place(api, path) + rule.query.replace("REEL", api.REEL), who, headers=headers, **sent)


def routes(world: Any) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for context in iter_route_contexts(world.app.routes):
        found |= {
            (method, context.path)
            for method in context.methods or ()
            if (method, context.path) != ("HEAD", "/openapi.json")
        }
    return found


def test_every_route_is_in_the_table(world: Any) -> None:
    assert routes(world) == set(TABLE)


@pytest.fixture(scope="module")
def still(api: ModuleType, template: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A world in which nothing ever changes: whoever is refused, or only looks, leaves no trace."""
    return api.open_world(template, tmp_path_factory.mktemp("still") / "home")


def deeds(world: Any) -> list[Any]:
    """Everything that ever happened there."""
    with world.service.database.read() as session:
        return [*session.scalars(select(Audit.number)), *session.scalars(select(Event.number))]


def refusal(rule: Rule, path: str, who: str) -> set[int]:
    """Which statuses say no to somebody who may not."""
    if who == "nobody":
        return {401}
    if who == "stranger" and not rule.foreign:
        return {404}
    if who in OF_ONE_REEL and "upload" in path:
        return {403, 404}
    if path in {"/v1/keys/{key}", "/v1/comments/{comment}"}:  # somebody's own, whatever the role
        return {403, 404}
    return {403}


@pytest.mark.parametrize(("method", "path"), sorted(TABLE), ids=str)
def test_who_may_not(still: Any, api: ModuleType, method: str, path: str) -> None:
    rule = TABLE[method, path]
    before = deeds(still)
    hidden = OF_ONE_REEL if rule.not_of_one_reel else frozenset[str]()
    for who in sorted(EVERYBODY - (rule.who - hidden) | {"nobody"}):
        if rule.open:
            continue
        answer = send(still, api, method, path, who)
        assert answer.status_code in refusal(rule, path, who), (who, answer.text)
        assert method == "HEAD" or answer.headers["content-type"] == "application/problem+json"
    assert deeds(still) == before


@pytest.mark.parametrize(("method", "path"), sorted(TABLE), ids=str)
def test_who_may(opened: Any, still: Any, api: ModuleType, method: str, path: str) -> None:
    rule = TABLE[method, path]
    allowed = sorted(rule.who - (OF_ONE_REEL if rule.not_of_one_reel else frozenset()))
    safe = method in {"GET", "HEAD", "OPTIONS"}
    for who in allowed if safe else {allowed[0], "director" if "director" in allowed else allowed[-1]}:
        answer = send(still if safe else opened(), api, method, path, who)
        spoken = path.endswith("approval") and method == "DELETE" and who != "director"
        wanted = {404} if spoken or "oidc" in path else {200, 201, 204, 422 if path.endswith("events") else 200}
        assert answer.status_code in wanted, (who, answer.status_code, answer.text)


@pytest.mark.parametrize(("method", "path"), sorted(key for key in TABLE if "{" in key[1]), ids=str)
def test_guesses_and_tricks_find_nothing(still: Any, api: ModuleType, method: str, path: str) -> None:
    """Ids that nobody has, of another kind, or that are no ids at all."""
    first = path.index("{")
    kind = path[first + 1 : path.index("}")]
    rest = place(api, path)[first:].partition("/")[2]
    guesses = [
        f"{kind}_{'e' * 30}",
        "x",
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "..%2f",
        "%00",
        f"{kind}_%00",
        "%F0%9F%8E%AC",
    ]
    guesses += [f"{kind}_{'0' * 29}１", "'%20OR%201=1--", api.REEL if kind != "reel" else api.TAKE, "a" * 5000]
    rule = TABLE[method, path]
    for guess in guesses:
        wanted = f"{path[:first]}{guess}" + (f"/{rest}" if rest else "") + rule.query.replace("REEL", api.REEL)
        headers = {k: v.replace("META", api.UPLOAD_METADATA) for k, v in rule.headers.items()}
        more = {"content": rule.body} if isinstance(rule.body, bytes) else {"json": rule.body} if rule.body else {}
        answer = still.ask(method, wanted, "owner", headers=headers, **more)
        assert answer.status_code in ({204, 404} if rule.open else {404, 405}), (guess, answer.text)


@pytest.mark.parametrize(
    "name", ["..%2fmix.flac", "%2e%2e/%2e%2e/cuelight.db", "/etc/passwd", "mix.flac%00", "STEMS/str.flac"]
)
def test_names_of_files_are_data(still: Any, api: ModuleType, name: str) -> None:
    for base in (
        f"/v1/takes/{api.TAKE}/files/",
        f"/v1/reels/{api.REEL}/themes/files/",
        f"/v1/reels/{api.REEL}/notes/files/",
    ):
        assert still.ask("GET", base + name).status_code == 404


def test_a_link_to_one_reel_shows_no_other(still: Any, api: ModuleType) -> None:
    reels = still.ask("GET", f"/v1/projects/{api.PROJECT}/reels", "reel-link").json()["items"]
    assert [reel["id"] for reel in reels] == [api.REEL]
    assert still.ask("GET", f"/v1/reels/{api.NEXT_CUT}", "reel-link").status_code == 404
    assert still.ask("GET", f"/v1/reels/{api.REEL}/compare?with={api.NEXT_CUT}", "reel-link").status_code == 404
    assert still.ask("GET", f"/v1/jobs?reel={api.NEXT_CUT}", "reel-link").status_code == 404
    jobs = still.ask("GET", "/v1/jobs", "reel-link").json()["items"]
    assert {job["reel"] for job in jobs} == {api.REEL}


def test_lists_hold_only_what_is_ones_own(still: Any, api: ModuleType) -> None:
    assert [p["id"] for p in still.ask("GET", "/v1/projects", "stranger").json()["items"]] == [api.OTHER]
    assert still.ask("GET", "/v1/jobs", "stranger").json()["items"] == []
    assert [p["name"] for p in still.ask("GET", "/v1/people", "stranger").json()["items"]] == ["Stranger"]
    assert {p["name"] for p in still.ask("GET", "/v1/people", "viewer").json()["items"]} >= {"Owner", "Viewer"}
    assert {k["name"] for k in still.ask("GET", "/v1/keys", "editor").json()["items"]} == {"editor"}
    hidden = still.ask("GET", f"/v1/projects/{api.PROJECT}/members", "viewer-link").json()["items"]
    assert {member["email"] for member in hidden} == {""}


def test_a_key_does_only_what_its_scopes_say(world: Any, api: ModuleType) -> None:
    made = world.ask("POST", "/v1/keys", json={"name": "looks", "scopes": ["read"]}).json()
    headers = {"Authorization": f"Bearer {made['secret']}"}
    path = f"/v1/projects/{api.PROJECT}"
    assert world.client.get(path, headers=headers).status_code == 200
    change = world.client.patch(path, headers=headers | MATCH, json={"name": "No"})
    assert (change.status_code, change.json()["code"]) == (403, "not-allowed")
    assert world.client.delete(path, headers=headers).status_code == 403
    assert world.client.post("/v1/keys", headers=headers, json={"name": "more", "scopes": ["admin"]}).status_code == 403
    writing = world.ask("POST", "/v1/keys", json={"name": "writes", "scopes": ["read", "write"]}).json()
    headers = {"Authorization": f"Bearer {writing['secret']}"}
    assert world.client.patch(path, headers=headers | MATCH, json={"name": "Yes"}).status_code == 200
    assert world.client.delete(path, headers=headers).status_code == 403


def test_a_key_narrowed_to_a_project_knows_no_other(world: Any, api: ModuleType) -> None:
    other = world.ask("POST", "/v1/projects", json={"name": "Mine too"}).json()["id"]
    body = {"name": "one", "scopes": ["read", "write", "admin"], "project": other}
    headers = {"Authorization": f"Bearer {world.ask('POST', '/v1/keys', json=body).json()['secret']}"}
    assert [p["id"] for p in world.client.get("/v1/projects", headers=headers).json()["items"]] == [other]
    assert world.client.get(f"/v1/projects/{api.PROJECT}", headers=headers).status_code == 404
    assert world.client.get(f"/v1/reels/{api.REEL}", headers=headers).status_code == 404
    assert world.client.get("/v1/jobs", headers=headers).json()["items"] == []
    for method, path, body in (
        ("POST", "/v1/projects", {"name": "x"}),
        ("GET", "/v1/keys", None),
        ("GET", "/v1/people", None),
    ):
        assert world.client.request(method, path, headers=headers, json=body).status_code == 403
    strangers = {"name": "no", "scopes": ["read"], "project": api.OTHER}
    assert world.ask("POST", "/v1/keys", json=strangers).status_code == 404


def test_what_is_over_or_withdrawn_opens_nothing(world: Any, api: ModuleType) -> None:
    path = f"/v1/projects/{api.PROJECT}"
    with world.service.database.write() as session:
        session.execute(update(Key).where(Key.id == api.thing("key", 3)).values(expires=time.time() - 1))
        session.execute(update(Share).where(Share.id == api.SHARES["viewer-link"]).values(expires=time.time() - 1))
        session.execute(update(Member).where(Member.person == api.PEOPLE["composer"]).values(role=Role.VIEWER))
    assert world.ask("GET", path, "editor").status_code == 401
    assert world.ask("GET", path, "viewer-link").status_code == 401
    assert world.ask("POST", f"/v1/takes/{api.TAKE}/accept", "composer").status_code == 403
    assert world.ask("DELETE", f"{path}/shares/{api.SHARES['director-link']}").status_code == 204
    assert world.ask("GET", path, "director-link").status_code == 401
    assert world.ask("DELETE", f"/v1/keys/{api.thing('key', 5)}", "viewer").status_code == 204
    assert world.ask("GET", path, "viewer").status_code == 401
    assert world.ask("DELETE", f"{path}/members/{api.PEOPLE['director']}").status_code == 204
    assert world.ask("GET", path, "director").status_code == 404


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer ",
        "Basic b3duZXI6eA==",
        "Bearer cs_director-link",
        "Bearer cl_",
        "cl_owner",
        "Bearer cl_owner2",
    ],
)
def test_a_wrong_key_is_nobody(still: Any, authorization: str) -> None:
    answer = still.client.get("/v1/session", headers={"Authorization": authorization})
    assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in")
    assert answer.headers["www-authenticate"] == "Bearer"
