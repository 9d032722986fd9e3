"""A small world behind the API: people of every role, a reel with notes and media, takes, jobs, links, a stranger."""

from __future__ import annotations

import base64
import importlib.util
import shutil
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlalchemy.orm import Session

from model.delivery.notes_json import encode_notes
from model.documents import encode, to_plain
from model.observe.observations import Observations, Thumbnail
from model.spotting.draft import spot
from model.time import Frame
from serving.api.service import Service, hash_secret
from serving.app import create_app
from serving.settings import Settings
from serving.store.artefacts import Artefacts
from serving.store.database import Database
from serving.store.migrations import migrate
from serving.store.tables import (
    Account,
    Approval,
    Comment,
    Job,
    JobKind,
    JobState,
    Key,
    Member,
    Project,
    ReelRow,
    Revision,
    Role,
    Share,
    Take,
    TakeState,
    Upload,
    Verdict,
    Webhook,
)
from serving.uploads.store import UploadStore

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would like a successor of httpx that there is not yet
    from fastapi.testclient import TestClient

TOKEN = "ct_the-printed-link"
BASE = "http://127.0.0.1:8327"
FILM = bytes(range(256)) * 400
JPEG = b"\xff\xd8\xff\xe0 a picture"
SCOPES = ["admin", "read", "write"]


def thing(kind: str, number: int = 1) -> str:
    """The id of the world's things: ``reel_000...1``."""
    return f"{kind}_{number:030x}"


PEOPLE = {
    role: thing("person", n)
    for n, role in enumerate(["owner", "composer", "editor", "director", "viewer", "stranger"], 1)
}
PROJECT, OTHER = thing("project"), thing("project", 2)
REEL, UNSPOTTED, NEXT_CUT = thing("reel"), thing("reel", 2), thing("reel", 3)
STRANGERS_REEL = thing("reel", 9)
TAKE, COMMENT, WEBHOOK, UPLOAD = thing("take"), thing("comment"), thing("webhook"), thing("upload")
SCORE_JOB, DELIVER_JOB, THEMES_JOB, FAILED_JOB = (thing("job", n) for n in (1, 2, 3, 4))
SECRET = "whsec_c2VjcmV0"
UPLOAD_METADATA = f"project {base64.b64encode(PROJECT.encode()).decode()},filename Y3V0Lm1wNA=="
CUE = "cue-993028aa58e0"
SHARES = {"director-link": thing("share"), "viewer-link": thing("share", 2), "reel-link": thing("share", 3)}


def observed() -> Observations:
    """The reel told by its observations, as the tests of spotting tell it, with two pictures."""
    path = Path(__file__).parents[2] / "spotting" / "conftest.py"
    spec = importlib.util.spec_from_file_location("told_reels", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pictures = (Thumbnail(Frame(0), JPEG), Thumbnail(Frame(24), JPEG + b"2"))
    seen: Observations = module.tell(thumbnails=pictures)
    return seen


def bearer(name: str) -> dict[str, str]:
    """Headers of a caller: a person by role, or a link by name."""
    if name in SHARES:
        return {"X-Cuelight-Share": f"cs_{name}"}
    return {"Authorization": f"Bearer cl_{name}"} if name != "nobody" else {}


@dataclass
class World:
    """An application over its own copy of the world."""

    home: Path
    settings: Settings
    app: FastAPI
    client: TestClient
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def service(self) -> Service:
        service: Service = self.app.state.service
        return service

    def ask(self, method: str, path: str, who: str = "owner", **more: Any) -> Any:
        """Send one request as somebody."""
        headers = bearer(who) | more.pop("headers", {})
        return self.client.request(method, path, headers=headers, **more)


def make_template(home: Path) -> None:
    """Write the world into a folder, once."""
    settings = Settings(home=home, workers=0)
    home.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    migrate(database)
    artefacts = Artefacts(settings.artefacts)
    with database.write() as session:
        _people(session)
        _reels(session, artefacts)
        _work(session, artefacts)
        _links(session)
    database.close()
    UploadStore(settings.uploads).create(UPLOAD)


def open_world(template: Path, home: Path, **settings: Any) -> World:
    """Open a copy of the world."""
    shutil.copytree(template, home)
    chosen = Settings(**{"home": home, "workers": 0, "requests_per_minute": 10**6, "port": 8327} | settings)
    app = create_app(chosen, sign_in_token=TOKEN)
    return World(home, chosen, app, TestClient(app, base_url=BASE))


def _people(session: Session) -> None:
    for name, person in PEOPLE.items():
        session.add(Account(id=person, name=name.title(), email=f"{name}@film.example", admin=name == "owner"))
        session.flush()
        session.add(
            Key(
                id=thing("key", int(person[-2:], 16)),
                person=person,
                name=name,
                secret_sha256=hash_secret(f"cl_{name}"),
                scopes=SCOPES,
            )
        )
    session.add_all([Project(id=PROJECT, name="The Harbour"), Project(id=OTHER, name="Somebody else's")])
    session.flush()
    for name in list(PEOPLE)[:5]:
        session.add(Member(project=PROJECT, person=PEOPLE[name], role=Role(name)))
    session.add(Member(project=OTHER, person=PEOPLE["stranger"], role=Role.OWNER))
    session.flush()


def _reels(session: Session, artefacts: Artefacts) -> None:
    seen = observed()
    notes = spot(seen)

    def put(project: str, data: bytes, media_type: str) -> str:
        sha256 = artefacts.put_bytes(data, media_type)
        artefacts.keep(session, project, sha256, len(data), media_type)
        return sha256

    def reel(name: str, project: str, title: str, cut: str, previous: str | None = None) -> ReelRow:
        return ReelRow(
            id=name,
            project=project,
            name=title,
            cut=cut,
            previous=previous,
            choices={"coverage": 0.5, "script": {"text": "x" * 5000, "format": "fountain"}},
            film=put(project, FILM, "application/octet-stream"),
            film_bytes=len(FILM),
        )

    first, cut2 = reel(REEL, PROJECT, 'Réel "1".mov', "v1"), reel(NEXT_CUT, PROJECT, "Reel 1", "v2", REEL)
    theirs = reel(STRANGERS_REEL, OTHER, "Theirs", "v1")
    session.add_all([first, reel(UNSPOTTED, PROJECT, "Reel 2", "v1"), theirs])
    session.flush()
    session.add(cut2)
    session.flush()
    for row in (first, cut2, theirs):
        row.observations = put(row.project, encode(seen), "application/json")
        row.lanes = put(row.project, b'{"schema":"cuelight.lanes/1"}', "application/json")
        row.picture = put(row.project, FILM, "video/mp4")
        row.sound = put(row.project, b"fLaC" + FILM, "audio/flac")
        row.waveform = put(row.project, b"wave" * 100, "application/octet-stream")
        row.language = put(row.project, b'{"schema":"cuelight.language/1","themes":[]}', "application/json")
        row.facts = to_plain(seen.reel)
        row.revision = 1
        document = put(row.project, encode_notes(notes), "application/json")
        session.add(
            Revision(
                reel=row.id, number=1, notes=document, author="", author_name="Cuelight", edits=[], summary="Spotted"
            )
        )
    session.flush()


def _work(session: Session, artefacts: Artefacts) -> None:
    def file(data: bytes, media_type: str, name: str = "") -> dict[str, Any]:
        sha256 = artefacts.put_bytes(data, media_type)
        artefacts.keep(session, PROJECT, sha256, len(data), media_type)
        named = {"name": name} if name else {}
        return {"sha256": sha256, "bytes": len(data), "media_type": media_type, **named}

    def job(name: str, kind: JobKind, state: JobState, result: dict[str, Any] | None = None) -> Job:
        return Job(id=name, project=PROJECT, reel=REEL, kind=kind, params={}, state=state, result=result)

    demos = {"themes/a.flac": file(b"fLaC theme", "audio/flac")}
    archive = {"file": file(b"PK the archive", "application/zip", "The Harbour.zip")}
    session.add_all(
        [
            job(SCORE_JOB, JobKind.SCORE, JobState.QUEUED),
            job(DELIVER_JOB, JobKind.DELIVER, JobState.DONE, archive),
            job(THEMES_JOB, JobKind.THEMES, JobState.DONE, {"files": demos}),
            job(FAILED_JOB, JobKind.SCORE, JobState.FAILED),
        ]
    )
    files = {
        "mix.flac": file(b"fLaC mix", "audio/flac"),
        "stems/str.flac": file(b"fLaC strings", "audio/flac"),
        "roll.svg": file(b"<svg><script>alert(1)</script></svg>", "image/svg+xml"),
    }
    session.add(
        Take(
            id=TAKE,
            reel=REEL,
            cue=CUE,
            job=SCORE_JOB,
            revision=1,
            state=TakeState.PROPOSED,
            record={},
            scored={},
            files=files,
        )
    )
    session.add(
        Comment(id=COMMENT, reel=REEL, frame=48, text="Later?", author=PEOPLE["director"], author_role=Role.DIRECTOR)
    )
    session.add(
        Approval(reel=REEL, cue=CUE, role=Role.DIRECTOR, verdict=Verdict.CHANGES, author=PEOPLE["director"], revision=1)
    )
    expires = time.time() + 3600
    session.add(
        Upload(id=UPLOAD, project=PROJECT, creator=PEOPLE["editor"], name="cut.mov", length=10, expires=expires)
    )
    session.flush()


def _links(session: Session) -> None:
    later = time.time() + 86_400
    for name, share in SHARES.items():
        role = Role.VIEWER if name == "viewer-link" else Role.DIRECTOR
        reel = REEL if name == "reel-link" else None
        session.add(
            Share(
                id=share,
                project=PROJECT,
                reel=reel,
                name=name,
                role=role,
                secret_sha256=hash_secret(f"cs_{name}"),
                expires=later,
            )
        )
    session.add(Webhook(id=WEBHOOK, project=PROJECT, url="https://hooks.example/", topics=[], secret=SECRET))
    session.flush()
