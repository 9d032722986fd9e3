"""Projects, people, links, comments, approvals, takes and jobs: what each change does, and what it refuses."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import func, select

from serving.store.tables import Audit, Base, Event, Job, JobKind, JobState, ReelRow, Use

FOREVER = {"audit", "person", "key", "idempotency", "alembic_version"}  # what outlives a project


def blobs(world: Any) -> int:
    return len(list((world.home / "artefacts").glob("??/*")))


def test_deleting_a_project_leaves_nothing_of_it(world: Any, api: ModuleType) -> None:
    before = blobs(world)
    part = world.home / "uploads" / f"{api.UPLOAD}.part"
    assert part.exists()
    assert world.ask("DELETE", f"/v1/projects/{api.PROJECT}").status_code == 204
    with world.service.database.read() as session:
        for table in Base.metadata.sorted_tables:
            if table.name in FOREVER:
                continue
            about = [c for c in table.columns if c.name in {"project", "reel"}]
            mine = [
                session.scalar(select(func.count()).where(c.in_([api.PROJECT, api.REEL, api.NEXT_CUT]))) for c in about
            ]
            assert not any(mine), table.name
        left = set(session.scalars(select(Use.sha256)))
        assert session.scalars(select(Audit.action)).all() == ["project.delete"]
    assert not part.exists()
    assert {path.name for path in (world.home / "artefacts").glob("??/*")} == left  # the stranger's
    assert blobs(world) < before
    assert world.ask("GET", f"/v1/reels/{api.STRANGERS_REEL}/film", "stranger").content == api.FILM
    assert world.ask("GET", f"/v1/projects/{api.PROJECT}").status_code == 404


def test_deleting_a_reel_leaves_what_others_use(world: Any, api: ModuleType) -> None:
    assert world.ask("DELETE", f"/v1/reels/{api.REEL}").status_code == 204
    assert world.ask("GET", f"/v1/takes/{api.TAKE}").status_code == 404
    assert world.ask("GET", f"/v1/reels/{api.NEXT_CUT}/film").content == api.FILM
    assert world.ask("GET", f"/v1/reels/{api.NEXT_CUT}").json()["previous"] is None
    assert world.ask("GET", f"/v1/reels/{api.NEXT_CUT}/notes").status_code == 200
    with world.service.database.read() as session:
        assert session.scalars(select(Event.data).where(Event.topic == "reel")).one()["action"] == "delete"


def test_a_project_keeps_an_owner(world: Any, api: ModuleType) -> None:
    path = f"/v1/projects/{api.PROJECT}/members/{api.PEOPLE['owner']}"
    assert world.ask("PUT", path, json={"role": "viewer"}).json()["code"] == "state-conflict"
    assert world.ask("DELETE", path).json()["code"] == "state-conflict"
    second = f"/v1/projects/{api.PROJECT}/members/{api.PEOPLE['stranger']}"
    assert world.ask("PUT", second, json={"role": "owner"}).json()["name"] == "Stranger"
    assert world.ask("PUT", path, json={"role": "viewer"}).status_code == 200
    assert world.ask("DELETE", f"/v1/projects/{api.PROJECT}").status_code == 403
    nobody = f"/v1/projects/{api.PROJECT}/members/person_{'f' * 30}"
    assert world.ask("PUT", nobody, "stranger", json={"role": "viewer"}).status_code == 404


def test_a_link_gives_a_role_for_a_while(world: Any, api: ModuleType) -> None:
    path = f"/v1/projects/{api.PROJECT}/shares"
    made = world.ask(
        "POST", path, json={"name": "Ada", "role": "director", "reel": api.REEL, "expires_in_s": 60}
    ).json()
    headers = {"X-Cuelight-Share": made["token"]}
    assert world.client.get(f"/v1/reels/{api.REEL}", headers=headers).status_code == 200
    assert world.client.get(f"/v1/reels/{api.NEXT_CUT}", headers=headers).status_code == 404
    assert all("token" not in one for one in world.ask("GET", path).json()["items"])
    for wrong in ({"role": "owner"}, {"role": "editor"}, {"expires_in_s": 59}, {"reel": "x"}, {"name": ""}):
        assert world.ask("POST", path, json={"name": "Ada"} | wrong).status_code == 422
    for elsewhere in (api.STRANGERS_REEL, "reel_" + "e" * 30):
        assert world.ask("POST", path, json={"name": "Ada", "reel": elsewhere}).status_code == 404


def test_only_its_author_changes_what_a_comment_says(world: Any, api: ModuleType) -> None:
    path = f"/v1/comments/{api.COMMENT}"
    match = {"If-Match": '"v1"'}
    assert world.ask("PATCH", path, "owner", json={"text": "Sooner?"}, headers=match).status_code == 403
    changed = world.ask("PATCH", path, "director", json={"text": "Sooner?"}, headers=match)
    assert (changed.json()["text"], changed.headers["etag"]) == ("Sooner?", '"v2"')
    resolved = world.ask("PATCH", path, "editor", json={"resolved": True}, headers={"If-Match": '"v2"'})
    assert resolved.json()["resolved"] is True
    assert world.ask("GET", f"/v1/reels/{api.REEL}/comments?resolved=false").json()["items"] == []
    assert world.ask("DELETE", path, "editor").status_code == 403
    assert world.ask("DELETE", path, "owner").status_code == 204


def test_each_role_has_one_voice_about_a_cue(world: Any, api: ModuleType) -> None:
    path = f"/v1/reels/{api.REEL}/cues/{api.CUE}/approval"
    said = world.ask("PUT", path, "director-link", json={"verdict": "approved", "take": api.TAKE}).json()
    assert (said["role"], said["revision"], said["author_name"]) == ("director", 1, "director-link")
    world.ask("PUT", path, "editor", json={"verdict": "changes", "text": "Later."})
    listed = world.ask("GET", f"/v1/reels/{api.REEL}/approvals").json()["items"]
    assert [(one["role"], one["verdict"]) for one in listed] == [("director", "approved"), ("editor", "changes")]
    assert world.ask("DELETE", path, "editor").status_code == 204
    assert world.ask("DELETE", path, "editor").status_code == 404
    for body, status in (({"verdict": "maybe"}, 422), ({"verdict": "approved", "take": f"take_{'e' * 30}"}, 404)):
        assert world.ask("PUT", path, "director", json=body).status_code == status
    nowhere = f"/v1/reels/{api.REEL}/cues/cue-nowhere/approval"
    assert world.ask("PUT", nowhere, "director", json={"verdict": "approved"}).status_code == 404


def test_of_a_cue_one_take_is_accepted(world: Any, api: ModuleType) -> None:
    from serving.store.tables import Take

    other = api.thing("take", 2)
    with world.service.database.write() as session:
        first = session.get_one(Take, api.TAKE)
        session.add(
            Take(
                id=other,
                reel=api.REEL,
                cue=api.CUE,
                job=api.FAILED_JOB,
                revision=1,
                record={},
                scored={},
                files=first.files,
            )
        )
    assert world.ask("POST", f"/v1/takes/{api.TAKE}/accept").json()["state"] == "accepted"
    assert world.ask("POST", f"/v1/takes/{other}/accept").json()["state"] == "accepted"
    states = {
        one["id"]: one["state"] for one in world.ask("GET", f"/v1/reels/{api.REEL}/takes?cue={api.CUE}").json()["items"]
    }
    assert states == {api.TAKE: "proposed", other: "accepted"}
    assert world.ask("POST", f"/v1/takes/{other}/reject").json()["state"] == "rejected"
    only = world.ask("GET", f"/v1/reels/{api.REEL}/takes?state=rejected").json()["items"]
    assert [one["id"] for one in only] == [other]


def test_the_files_of_a_take_are_where_it_says(world: Any, api: ModuleType) -> None:
    for file in world.ask("GET", f"/v1/takes/{api.TAKE}").json()["files"]:
        answer = world.ask("GET", file["url"])
        assert (len(answer.content), answer.headers["content-type"]) == (file["bytes"], file["media_type"])
        saved = world.ask("GET", file["url"] + "?download=true").headers["content-disposition"]
        assert f'filename="{file["name"].rsplit("/")[-1]}"' in saved
    themes = world.ask("GET", f"/v1/reels/{api.REEL}/themes").json()
    assert themes["language"]["schema"] == "cuelight.language/1"
    assert world.ask("GET", themes["demos"][0]["url"]).content == b"fLaC theme"
    assert world.ask("GET", f"/v1/reels/{api.UNSPOTTED}/themes").json() == {"language": None, "demos": [], "job": None}


def test_a_job_is_ordered_once(world: Any, api: ModuleType) -> None:
    woken: list[int] = []
    world.service.wake = lambda: woken.append(1)
    body = {"kind": "score", "reel": api.REEL, "params": {"cues": [api.CUE], "seed": 3, "tone": ["tense"], "bpm": 92}}
    sent = {"json": body, "headers": {"Idempotency-Key": "j-1"}}
    first, again = world.ask("POST", "/v1/jobs", **sent), world.ask("POST", "/v1/jobs", **sent)
    assert (first.status_code, first.json()["state"], woken) == (201, "queued", [1, 1])
    assert first.json() == again.json()
    params = {"cues": [api.CUE], "seed": 3, "tone": ["tense"], "bpm": 92.0, "revision": 1}
    assert first.json()["params"] == params
    with world.service.database.read() as session:
        inputs = session.get_one(Job, first.json()["id"]).inputs
        assert set(inputs) >= {"notes", "observations", "language"}
    listed = world.ask("GET", f"/v1/jobs?reel={api.REEL}&kind=score&state=queued").json()["items"]
    assert first.json()["id"] in {one["id"] for one in listed}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "score"}, 422),
        ({"kind": "cook", "reel": "REEL"}, 422),
        ({"kind": "score", "reel": "REEL", "params": {"bpm": 1}}, 422),
        ({"kind": "score", "reel": "REEL", "params": {"engine": "/bin/sh"}}, 422),
        ({"kind": "deliver", "reel": "REEL", "params": {"what": ["everything"]}}, 422),
        ({"kind": "themes", "reel": "UNSPOTTED"}, 409),
        ({"kind": "themes", "reel": "STRANGERS_REEL"}, 404),
    ],
)
def test_work_that_cannot_be_done_is_refused(world: Any, api: ModuleType, body: dict[str, Any], status: int) -> None:
    sent = body | ({"reel": getattr(api, body["reel"])} if "reel" in body else {})
    assert world.ask("POST", "/v1/jobs", json=sent).status_code == status


def test_jobs_are_stopped_and_tried_again(world: Any, api: ModuleType) -> None:
    assert world.ask("POST", f"/v1/jobs/{api.SCORE_JOB}/cancel").json()["state"] == "cancelled"
    assert world.ask("POST", f"/v1/jobs/{api.SCORE_JOB}/cancel").json()["state"] == "cancelled"
    assert world.ask("POST", f"/v1/jobs/{api.SCORE_JOB}/retry").json()["state"] == "queued"
    assert world.ask("POST", f"/v1/jobs/{api.DELIVER_JOB}/retry").json()["code"] == "state-conflict"


def test_an_archive_is_downloaded_under_its_name(world: Any, api: ModuleType) -> None:
    answer = world.ask("GET", f"/v1/jobs/{api.DELIVER_JOB}/file")
    assert (answer.content, answer.headers["content-type"]) == (b"PK the archive", "application/zip")
    assert 'filename="The Harbour.zip"' in answer.headers["content-disposition"]
    assert world.ask("GET", f"/v1/jobs/{api.SCORE_JOB}/file").status_code == 404
    with world.service.database.write() as session:
        session.get_one(Job, api.DELIVER_JOB).state = JobState.RUNNING
    assert world.ask("GET", f"/v1/jobs/{api.DELIVER_JOB}/file").json()["code"] == "state-conflict"


def test_what_was_chosen_with_a_film_can_be_changed_for_the_next_time(world: Any, api: ModuleType) -> None:
    path = f"/v1/reels/{api.UNSPOTTED}"
    with world.service.database.write() as session:
        session.get_one(ReelRow, api.UNSPOTTED).choices = {"sides": True, "coverage": 0.5, "script": {"text": "INT."}}
        about = {"project": api.PROJECT, "reel": api.UNSPOTTED, "params": {}, "inputs": {}}
        stopped = Job(kind=JobKind.SPOT, state=JobState.FAILED, stages={"watch": {}}, **about)
        session.add(stopped)
    body = {"choices": {"sides": None, "start_timecode": "10:00:00:00"}}
    changed = world.ask("PATCH", path, json=body, headers={"If-Match": "*"}).json()
    assert changed["choices"] == {"coverage": 0.5, "script": {}, "start_timecode": "10:00:00:00"}
    with world.service.database.read() as session:
        assert session.get_one(ReelRow, api.UNSPOTTED).choices["script"] == {"text": "INT."}, "texts stay"
        assert session.get_one(Job, stopped.id).stages == {}, "what was seen under other choices is seen anew"
    wrong = world.ask("PATCH", path, json={"choices": {"start_timecode": "noon"}}, headers={"If-Match": "*"})
    assert wrong.json()["errors"][0]["field"] == "body.choices.start_timecode"
    cut = world.ask("PATCH", path, json={"choices": {"cut": "v3"}}, headers={"If-Match": "*"})
    assert cut.status_code == 422


def test_a_reel_is_renamed_and_put_in_its_place(world: Any, api: ModuleType) -> None:
    path = f"/v1/reels/{api.UNSPOTTED}"
    changed = world.ask(
        "PATCH", path, json={"cut": "v9", "previous": api.NEXT_CUT}, headers={"If-Match": '"v1"'}
    ).json()
    assert (changed["cut"], changed["previous"], changed["version"]) == ("v9", api.NEXT_CUT, 2)
    loop = world.ask("PATCH", f"/v1/reels/{api.REEL}", json={"previous": api.UNSPOTTED}, headers={"If-Match": "*"})
    assert loop.json()["errors"][0]["field"] == "body.previous"
    theirs = world.ask("PATCH", path, json={"previous": api.STRANGERS_REEL}, headers={"If-Match": "*"})
    assert theirs.status_code == 404
    assert world.ask("PATCH", path, json={"name": None}, headers={"If-Match": "*"}).status_code == 422
    freed = world.ask("PATCH", path, json={"previous": None}, headers={"If-Match": '"v2"'}).json()
    assert freed["previous"] is None
    with world.service.database.read() as session:
        assert session.get_one(ReelRow, api.UNSPOTTED).name == "Reel 2"


def test_what_is_long_is_not_sent_with_every_reel(world: Any, api: ModuleType) -> None:
    reel = world.ask("GET", f"/v1/reels/{api.REEL}").json()
    assert reel["choices"] == {"coverage": 0.5, "script": {"format": "fountain"}}
    assert reel["facts"]["frames"] == 2880
    pattern = reel["media"]["thumbnails"]
    assert pattern.startswith(f"/v1/reels/{api.REEL}/thumbnails/{{n}}?v=")
    assert "immutable" in world.ask("GET", pattern.format(n=1)).headers["cache-control"]


def test_pictures_are_had_by_their_number(world: Any, api: ModuleType) -> None:
    one = world.ask("GET", f"/v1/reels/{api.REEL}/thumbnails/1")
    assert (one.content, one.headers["content-type"]) == (api.JPEG + b"2", "image/jpeg")
    known = {"If-None-Match": one.headers["etag"]}
    assert world.ask("GET", f"/v1/reels/{api.REEL}/thumbnails/1", headers=known).status_code == 304
    assert world.ask("GET", f"/v1/reels/{api.REEL}/thumbnails/2").status_code == 404
    assert world.ask("GET", f"/v1/reels/{api.REEL}/thumbnails/-1").status_code == 422


def test_every_change_is_in_the_audit(world: Any, api: ModuleType) -> None:
    world.ask("PATCH", f"/v1/projects/{api.PROJECT}", json={"name": "New"}, headers={"If-Match": "*"})
    world.ask("POST", f"/v1/reels/{api.REEL}/comments", "director-link", json={"frame": 1, "text": "x"})
    world.ask("POST", f"/v1/takes/{api.TAKE}/accept", "composer")
    world.ask("POST", "/v1/jobs", "editor", json={"kind": "themes", "reel": api.REEL})
    verdict = {"verdict": "changes", "text": "Softer."}
    cue = world.ask("GET", f"/v1/reels/{api.REEL}/notes").json()["notes"]["cues"][0]
    world.ask("PUT", f"/v1/reels/{api.REEL}/cues/{cue['id']}/approval", "director-link", json=verdict)
    listed = world.ask("GET", f"/v1/projects/{api.PROJECT}/audit").json()["items"]
    assert [(one["action"], one["actor_name"]) for one in listed] == [
        ("approval.set", "director-link"),
        ("job.create.themes", "Editor"),
        ("take.accepted", "Composer"),
        ("comment.create", "director-link"),
        ("project.change", "Owner"),
    ]
    data = [one["data"] for one in listed]
    assert (data[0]["verdict"], data[0]["number"], data[0]["reel"]) == ("changes", cue["number"], api.REEL)
    assert data[1] == {"kind": "themes", "reel": api.REEL}
    assert (data[3]["reel"], data[3]["frame"]) == (api.REEL, 1)
    assert data[4]["name"] == "New"
    assert "text" not in {name for one in data for name in one}, "what was said stays where it can be deleted"
