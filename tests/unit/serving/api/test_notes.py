"""The notes over HTTP: revisions, edits, collisions, previews, files."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select

from serving.api import editing
from serving.store import database
from serving.store.tables import Audit, Event, Revision

Change = Callable[..., Any]


@pytest.fixture
def change(world: Any, api: ModuleType) -> Change:
    """Send edits as somebody, to a revision."""

    def send(*edits: dict[str, Any], at: int = 1, who: str = "editor", **headers: str) -> Any:
        body = {"edits": list(edits), "summary": "Try"}
        sent = {"If-Match": f'"r{at}"'} | {name.replace("_", "-"): value for name, value in headers.items()}
        return world.ask("POST", f"/v1/reels/{api.REEL}/notes/edits", who, json=body, headers=sent)

    return send


def edge(api: ModuleType, frame: int, edge: str = "out") -> dict[str, Any]:
    return {"op": "move-edge", "cue": api.CUE, "edge": edge, "frame": frame}


def cue_of(answer: Any, api: ModuleType) -> dict[str, Any]:
    return next(cue for cue in answer.json()["notes"]["cues"] if cue["id"] == api.CUE)


def test_the_document_is_the_one_of_the_files(world: Any, api: ModuleType) -> None:
    answer = world.ask("GET", f"/v1/reels/{api.REEL}/notes")
    assert (answer.status_code, answer.headers["etag"]) == (200, '"r1"')
    said = answer.json()
    assert (said["revision"], said["author_name"], said["summary"]) == (1, "Cuelight", "Spotted")
    downloaded = world.ask("GET", f"/v1/reels/{api.REEL}/notes/files/json")
    assert said["notes"] == downloaded.json()
    again = world.ask("GET", f"/v1/reels/{api.REEL}/notes", headers={"If-None-Match": '"r1"'})
    assert (again.status_code, again.content) == (304, b"")


def test_an_edit_makes_a_revision_and_is_told(world: Any, api: ModuleType, change: Change) -> None:
    made = change(edge(api, 285))
    assert (made.status_code, made.headers["etag"]) == (201, '"r2"')
    assert cue_of(made, api)["span"]["out"] == 285
    assert made.json()["notes"]["revision"] == 2
    assert cue_of(world.ask("GET", f"/v1/reels/{api.REEL}/notes?revision=1"), api)["span"]["out"] == 288
    lines = world.ask("GET", f"/v1/reels/{api.REEL}/notes/revisions").json()["items"]
    assert [(line["revision"], line["author_name"], line["summary"]) for line in lines] == [
        (2, "Editor", "Try"),
        (1, "Cuelight", "Spotted"),
    ]
    assert lines[0]["edits"] == [edge(api, 285)]
    with world.service.database.read() as session:
        told = session.scalars(select(Event).where(Event.topic == "notes")).one()
        assert (told.data["revision"], told.data["by_name"]) == (2, "Editor")
        assert session.scalars(select(Audit.action).where(Audit.project == api.PROJECT)).all() == ["notes.edit"]


def test_an_edit_must_say_what_it_changes(world: Any, api: ModuleType, change: Change) -> None:
    body = {"edits": [edge(api, 285)]}
    path = f"/v1/reels/{api.REEL}/notes/edits"
    assert world.ask("POST", path, json=body).json()["code"] == "version-missing"
    for wrong in ("r1", '"v1"', '"r"', "*", '"r99999999999"', 'W/"r1"'):
        answer = world.ask("POST", path, json=body, headers={"If-Match": wrong})
        assert (answer.status_code, answer.json()["code"]) == (412, "edit-conflict"), wrong


def test_two_editors_never_overwrite_each_other(world: Any, api: ModuleType, change: Change) -> None:
    assert change(edge(api, 285), who="editor").status_code == 201
    late = change(edge(api, 291), who="composer")
    assert (late.status_code, late.headers["content-type"]) == (412, "application/problem+json")
    said = late.json()
    assert (said["code"], said["base"], said["current"]) == ("edit-conflict", 1, 2)
    assert [(one["field"], one["after"]) for one in said["theirs"]] == [("out", 285)]
    assert [(one["field"], one["after"]) for one in said["yours"]] == [("out", 291)]
    assert [(one["field"], one["base"], one["mine"], one["theirs"]) for one in said["clashes"]] == [
        ("out", 288, 291, 285)
    ]
    elsewhere = change({"op": "set-cue", "cue": api.CUE, "fields": {"title": "The door"}}, who="composer").json()
    assert elsewhere["clashes"] == []
    with world.service.database.read() as session:
        assert len(session.scalars(select(Revision).where(Revision.reel == api.REEL)).all()) == 2


def test_of_many_at_once_one_wins(world: Any, api: ModuleType, change: Change) -> None:
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(change(edge(api, 280 + n)).status_code)) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201] + [412] * 7


def test_who_is_overtaken_holds_up_no_other_writer(
    world: Any, api: ModuleType, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft, collision = editing.draft, editing.explain_collision

    def slow(*given: Any) -> editing.Draft:
        monkeypatch.setattr(editing, "draft", draft)
        made = draft(*given)
        assert change(edge(api, 285)).status_code == 201
        return made

    def watched(*given: Any) -> Any:
        with world.service.database.write():  # raises ServiceBusy if another holds the turn
            return collision(*given)

    monkeypatch.setattr(database, "BUSY_MS", 300)
    monkeypatch.setattr(editing, "draft", slow)
    monkeypatch.setattr(editing, "explain_collision", watched)
    late = change(edge(api, 291), who="composer")
    assert (late.status_code, late.json()["code"], late.json()["current"]) == (412, "edit-conflict", 2)
    assert [(one["mine"], one["theirs"]) for one in late.json()["clashes"]] == [(291, 285)]


def test_the_same_request_again_gives_the_same_answer(world: Any, api: ModuleType, change: Change) -> None:
    first = change(edge(api, 285), Idempotency_Key="once")
    again = change(edge(api, 285), Idempotency_Key="once")
    assert (again.status_code, again.content) == (201, first.content)
    other = change(edge(api, 286), Idempotency_Key="once")
    assert (other.status_code, other.json()["code"]) == (422, "key-reused")


def test_what_cannot_be_done_names_its_field_and_changes_nothing(world: Any, api: ModuleType, change: Change) -> None:
    answer = change({"op": "renumber"}, {"op": "restore", "revision": 1}, edge(api, 100_000))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "body.edits.2.frame"
    answer = change({"op": "set-cue", "cue": api.CUE, "fields": {"tone": ["cheerfull"]}})
    assert answer.json()["errors"][0]["field"] == "body.edits.0.fields.tone"
    answer = change({"op": "fly"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "body.edits.0")
    assert world.ask("GET", f"/v1/reels/{api.REEL}/notes").headers["etag"] == '"r1"'


def test_undo_and_redo_are_revisions_too(world: Any, api: ModuleType, change: Change) -> None:
    change(edge(api, 285))
    undone = change({"op": "restore", "revision": 1}, at=2)
    assert (undone.headers["etag"], cue_of(undone, api)["span"]["out"]) == ('"r3"', 288)
    redone = change({"op": "restore", "revision": 2}, at=3)
    assert cue_of(redone, api)["span"]["out"] == 285
    nowhere = change({"op": "restore", "revision": 77}, at=4)
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not-found")


def test_a_number_given_out_is_not_given_twice(world: Any, api: ModuleType, change: Change) -> None:
    numbers = [cue["number"] for cue in world.ask("GET", f"/v1/reels/{api.REEL}/notes").json()["notes"]["cues"]]
    removed = change({"op": "remove-cue", "cue": api.CUE})
    assert removed.status_code == 201
    added = change({"op": "add-cue", "in": 0, "out": 240}, at=2)
    assert added.status_code == 201, added.text
    new = next(cue["number"] for cue in added.json()["notes"]["cues"] if cue["span"]["in"] == 0)
    assert new not in numbers


def test_spotting_again_keeps_what_a_person_set(world: Any, api: ModuleType, change: Change) -> None:
    change({"op": "set-cue", "cue": api.CUE, "fields": {"title": "The door"}})
    again = change({"op": "respot", "coverage": 0.9}, at=2)
    assert again.status_code == 201
    assert cue_of(again, api)["title"] == "The door"
    assert again.json()["notes"]["settings"]["coverage"] == 0.9


def test_a_preview_is_what_the_edit_would_do_and_stays_nowhere(world: Any, api: ModuleType, change: Change) -> None:
    tried = world.ask("POST", f"/v1/reels/{api.REEL}/notes/preview", json={"coverage": 0.2})
    assert (tried.status_code, tried.json()["revision"]) == (200, 1)
    assert world.ask("GET", f"/v1/reels/{api.REEL}/notes").headers["etag"] == '"r1"'
    done = change({"op": "respot", "coverage": 0.2}).json()["notes"]
    assert done | {"revision": 1} == tried.json()["notes"] | {"revision": 1}


def test_revisions_and_cuts_are_compared(world: Any, api: ModuleType, change: Change) -> None:
    change(edge(api, 285))
    told = world.ask("GET", f"/v1/reels/{api.REEL}/notes/compare?from=1&to=2").json()
    assert (told["before"]["revision"], told["after"]["revision"]) == (1, 2)
    assert [one["text"] for one in told["changes"]] == ["1m1 goes out 3 frames earlier (01:00:12:00 -> 01:00:11:21)"]
    cuts = world.ask("GET", f"/v1/reels/{api.NEXT_CUT}/compare?with={api.REEL}").json()
    assert (cuts["before"]["cut"], cuts["after"]["cut"]) == ("v2", "v1")
    assert [one["after"] for one in cuts["changes"]] == [285]


def test_before_it_is_spotted_there_are_no_notes(world: Any, api: ModuleType) -> None:
    for method, path, more in (
        ("GET", "notes", {}),
        ("GET", "notes/files/pdf", {}),
        ("GET", "notes/page", {}),
        ("GET", "thumbnails/0", {}),
        ("POST", "notes/preview", {"json": {}}),
        ("POST", "notes/edits", {"json": {"edits": [{"op": "renumber"}]}, "headers": {"If-Match": '"r0"'}}),
    ):
        answer = world.ask(method, f"/v1/reels/{api.UNSPOTTED}/{path}", **more)
        assert (answer.status_code, answer.json()["code"]) == (409, "state-conflict"), path
    reel = world.ask("GET", f"/v1/reels/{api.UNSPOTTED}").json()
    assert (reel["revision"], set(reel["media"].values())) == (0, {None})


@pytest.mark.parametrize(
    ("exporter", "begins"),
    [("json", b"{"), ("pdf", b"%PDF"), ("xlsx", b"PK"), ("midi", b"MThd"), ("csv", b""), ("html", b"<!doctype")],
)
def test_the_notes_are_downloaded_under_their_own_name(
    world: Any, api: ModuleType, exporter: str, begins: bytes
) -> None:
    answer = world.ask("GET", f"/v1/reels/{api.REEL}/notes/files/{exporter}")
    assert answer.status_code == 200
    assert answer.content.startswith(begins)
    assert answer.headers["content-disposition"].startswith('attachment; filename="R')
    assert "\n" not in answer.headers["content-disposition"]
    tag = {"If-None-Match": answer.headers["etag"]}
    assert world.ask("GET", f"/v1/reels/{api.REEL}/notes/files/{exporter}", headers=tag).status_code == 304


def test_the_printed_page_is_nobodys_origin(world: Any, api: ModuleType) -> None:
    answer = world.ask("GET", f"/v1/reels/{api.REEL}/notes/page")
    policy = answer.headers["content-security-policy"]
    assert "sandbox allow-scripts" in policy
    assert "allow-same-origin" not in policy
    assert (
        json.loads(world.ask("GET", f"/v1/reels/{api.REEL}/notes").content)["notes"]["cues"][0]["number"] in answer.text
    )
