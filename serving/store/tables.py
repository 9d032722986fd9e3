"""The tables, all of them: who may do what, what was uploaded, what was decided, and which work is under way.

Ids are opaque and cannot be guessed. Documents and media lie in the content-addressed store; a row names them by their
SHA-256. Times are UTC seconds since 1970, so that SQLite and PostgreSQL compare them alike.
"""

from __future__ import annotations

import secrets
import time
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Record = dict[str, Any]


def new_id(kind: str) -> str:
    """Make an id that cannot be guessed: ``kind`` and 120 random bits."""
    return f"{kind}_{secrets.token_hex(15)}"


class Role(StrEnum):
    """What somebody is in a project, from everything to looking."""

    OWNER = "owner"
    COMPOSER = "composer"
    EDITOR = "editor"
    DIRECTOR = "director"
    VIEWER = "viewer"


class JobState(StrEnum):
    """Where a job stands; the last three are ends."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


class JobKind(StrEnum):
    """What a job makes.

    ``spot``: from an upload to notes, film for the browser and lanes; ``themes``: the language with its demos;
    ``score``: a take of one cue or of all; ``deliver``: one archive to download.
    """

    SPOT = "spot"
    THEMES = "themes"
    SCORE = "score"
    DELIVER = "deliver"


class UploadState(StrEnum):
    """Where an upload stands."""

    OPEN = "open"
    COMPLETE = "complete"
    REFUSED = "refused"


class TakeState(StrEnum):
    """What people said about a take."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Verdict(StrEnum):
    """What a role says about a cue."""

    APPROVED = "approved"
    CHANGES = "changes"


class Base(DeclarativeBase):
    """Base of all tables."""

    type_annotation_map = {Record: JSON, int: BigInteger().with_variant(Integer, "sqlite")}  # noqa: RUF012 - SQLAlchemy's way


class Account(Base):
    """Somebody who signs in."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("person"))
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(320), default="")
    subject: Mapped[str | None] = mapped_column(String(400), unique=True)  # issuer and subject of OpenID Connect
    admin: Mapped[bool] = mapped_column(default=False)
    created: Mapped[float] = mapped_column(Float, default=time.time)


class Key(Base):
    """An API key or a browser session: only a hash of the secret is kept.

    ``scopes``: ``read``, ``write``, ``admin``; ``project`` narrows it to one project; ``browser`` marks a session.
    """

    __tablename__ = "key"

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("key"))
    person: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    secret_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[Record] = mapped_column(JSON)  # list[str]
    project: Mapped[str | None] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    browser: Mapped[bool] = mapped_column(default=False)
    created: Mapped[float] = mapped_column(Float, default=time.time)
    expires: Mapped[float | None] = mapped_column(Float)
    used: Mapped[float | None] = mapped_column(Float)


class Project(Base):
    """A film or an episode with its reels. ``version`` counts changes, for ETags."""

    __tablename__ = "project"

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("project"))
    name: Mapped[str] = mapped_column(String(200))
    created: Mapped[float] = mapped_column(Float, default=time.time, index=True)
    version: Mapped[int] = mapped_column(default=1)
    quota_bytes: Mapped[int | None] = mapped_column(BigInteger)


class Member(Base):
    """Who is what in a project."""

    __tablename__ = "member"

    project: Mapped[str] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[Role] = mapped_column(String(16))


class Share(Base):
    """A link for somebody without an account: a role on one project, for a while."""

    __tablename__ = "share"

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("share"))
    project: Mapped[str] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    reel: Mapped[str | None] = mapped_column(ForeignKey("reel.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(String(16))
    secret_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created: Mapped[float] = mapped_column(Float, default=time.time)
    expires: Mapped[float] = mapped_column(Float)
    revoked: Mapped[bool] = mapped_column(default=False)


class Upload(Base):
    """A film on its way. The size of its file is its offset: there is no second truth to disagree with it.

    ``film`` is the SHA-256 of the whole file once it was verified; from then on finishing never looks at it again.
    ``said`` is the metadata as the client wrote it, for the echo that tus asks for.
    """

    __tablename__ = "upload"

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("upload"))
    project: Mapped[str] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    creator: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(400))  # data, never a path
    length: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), default="")  # promised by the client, if it did
    film: Mapped[str] = mapped_column(String(64), default="")
    said: Mapped[str] = mapped_column(Text, default="")
    previous: Mapped[str | None] = mapped_column(String(40))  # the reel this is the next version of
    choices: Mapped[Record] = mapped_column(JSON, default=dict)
    state: Mapped[UploadState] = mapped_column(String(16), default=UploadState.OPEN)
    reel: Mapped[str | None] = mapped_column(String(40))
    job: Mapped[str | None] = mapped_column(String(40))
    problem: Mapped[Record | None] = mapped_column(JSON)
    created: Mapped[float] = mapped_column(Float, default=time.time)
    expires: Mapped[float] = mapped_column(Float, index=True)


class ReelRow(Base):
    """A version of a cut. ``previous`` is the version before it, if it is known.

    ``film``: the upload as it came; ``picture``: the film for the browser; ``sound``: its sound, lossless;
    ``observations``, ``lanes``, ``waveform``: what was seen and heard. Each a SHA-256, empty until made.
    """

    __tablename__ = "reel"

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("reel"))
    project: Mapped[str] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(400))
    cut: Mapped[str] = mapped_column(String(40), default="v1")
    previous: Mapped[str | None] = mapped_column(ForeignKey("reel.id", ondelete="SET NULL"))
    choices: Mapped[Record] = mapped_column(JSON, default=dict)  # start_timecode, coverage, subtitles, script ...
    film: Mapped[str] = mapped_column(String(64))
    film_bytes: Mapped[int] = mapped_column(BigInteger)
    facts: Mapped[Record | None] = mapped_column(JSON)  # ReelInfo as the documents write it
    picture: Mapped[str] = mapped_column(String(64), default="")
    sound: Mapped[str] = mapped_column(String(64), default="")
    observations: Mapped[str] = mapped_column(String(64), default="")
    lanes: Mapped[str] = mapped_column(String(64), default="")
    waveform: Mapped[str] = mapped_column(String(64), default="")
    language: Mapped[str] = mapped_column(String(64), default="")  # language.json of the themes agreed on
    revision: Mapped[int] = mapped_column(default=0)  # head of the notes; 0 = not spotted yet
    version: Mapped[int] = mapped_column(default=1)
    created: Mapped[float] = mapped_column(Float, default=time.time, index=True)


class Revision(Base):
    """A state of the notes of a reel; never changed, only followed by another."""

    __tablename__ = "revision"

    reel: Mapped[str] = mapped_column(ForeignKey("reel.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    notes: Mapped[str] = mapped_column(String(64))  # SHA-256 of the document
    author: Mapped[str] = mapped_column(String(40))
    author_name: Mapped[str] = mapped_column(String(200), default="")
    edits: Mapped[Record] = mapped_column(JSON)  # list of the edits that led here
    summary: Mapped[str] = mapped_column(String(400), default="")
    created: Mapped[float] = mapped_column(Float, default=time.time)


class Comment(Base):
    """A remark pinned to a frame, and to a cue if it is about one."""

    __tablename__ = "comment"

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("comment"))
    reel: Mapped[str] = mapped_column(ForeignKey("reel.id", ondelete="CASCADE"), index=True)
    frame: Mapped[int] = mapped_column()
    cue: Mapped[str | None] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(40))
    author_name: Mapped[str] = mapped_column(String(200), default="")
    author_role: Mapped[Role] = mapped_column(String(16))
    resolved: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    created: Mapped[float] = mapped_column(Float, default=time.time)


class Approval(Base):
    """What a role last said about a cue, and which revision of the notes it saw."""

    __tablename__ = "approval"

    reel: Mapped[str] = mapped_column(ForeignKey("reel.id", ondelete="CASCADE"), primary_key=True)
    cue: Mapped[str] = mapped_column(String(80), primary_key=True)
    role: Mapped[Role] = mapped_column(String(16), primary_key=True)
    verdict: Mapped[Verdict] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text, default="")
    author: Mapped[str] = mapped_column(String(40))
    author_name: Mapped[str] = mapped_column(String(200), default="")
    revision: Mapped[int] = mapped_column()
    take: Mapped[str | None] = mapped_column(String(40))
    created: Mapped[float] = mapped_column(Float, default=time.time)


class Take(Base):
    """A sketch of one cue. ``files`` maps names to {sha256, bytes, media_type}.

    ``record`` is the whole ``TakeRecord``, as ``take.json`` among the files has it; ``scored`` the ``ScoredCue`` that a
    delivery is made from.
    """

    __tablename__ = "take"

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("take"))
    reel: Mapped[str] = mapped_column(ForeignKey("reel.id", ondelete="CASCADE"), index=True)
    cue: Mapped[str] = mapped_column(String(80), index=True)
    job: Mapped[str] = mapped_column(String(40))
    revision: Mapped[int] = mapped_column()
    state: Mapped[TakeState] = mapped_column(String(16), default=TakeState.PROPOSED)
    record: Mapped[Record] = mapped_column(JSON)
    scored: Mapped[Record] = mapped_column(JSON)
    files: Mapped[Record] = mapped_column(JSON)
    created: Mapped[float] = mapped_column(Float, default=time.time)
    __table_args__ = (UniqueConstraint("job", "cue"),)


class Job(Base):
    """A piece of work. The row owns it; whoever runs it only owns an attempt.

    ``attempt`` and ``owner`` are the fence: a worker whose attempt is no longer the row's can change nothing.
    ``stages`` maps each finished stage to the artefact that holds its result, so an attempt goes on where the last one
    stopped. ``result`` is what the job made; ``problem`` why it failed (code, message, hint).
    """

    __tablename__ = "job"

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("job"))
    project: Mapped[str] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    reel: Mapped[str | None] = mapped_column(ForeignKey("reel.id", ondelete="CASCADE"), index=True)
    kind: Mapped[JobKind] = mapped_column(String(16))
    params: Mapped[Record] = mapped_column(JSON)
    inputs: Mapped[Record] = mapped_column(JSON, default=dict)  # name -> SHA-256
    state: Mapped[JobState] = mapped_column(String(16), default=JobState.QUEUED)
    attempt: Mapped[int] = mapped_column(default=0)
    losses: Mapped[int] = mapped_column(default=0)  # attempts that died without a word
    owner: Mapped[str] = mapped_column(String(80), default="")
    lease_until: Mapped[float | None] = mapped_column(Float)
    cancel: Mapped[bool] = mapped_column(default=False)
    progress: Mapped[Record] = mapped_column(JSON, default=dict)  # stage, done, total, stages [...]
    stages: Mapped[Record] = mapped_column(JSON, default=dict)
    result: Mapped[Record | None] = mapped_column(JSON)
    problem: Mapped[Record | None] = mapped_column(JSON)
    creator: Mapped[str] = mapped_column(String(40), default="")
    created: Mapped[float] = mapped_column(Float, default=time.time)
    started: Mapped[float | None] = mapped_column(Float)
    finished: Mapped[float | None] = mapped_column(Float)
    __table_args__ = (Index("job_by_state", "state", "created"),)


class Artefact(Base):
    """A blob of the content-addressed store, known to be whole."""

    __tablename__ = "artefact"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100), default="application/octet-stream")
    created: Mapped[float] = mapped_column(Float, default=time.time)


class StoreIdentity(Base):
    """Which artefact store this database belongs to: one row, written once; the store carries the same UUID."""

    __tablename__ = "store_identity"

    number: Mapped[int] = mapped_column(primary_key=True, default=1)  # always 1: there is one store
    id: Mapped[str] = mapped_column(String(36))
    created: Mapped[float] = mapped_column(Float, default=time.time)


class Use(Base):
    """Which project uses which blob; a blob that no project uses is swept."""

    __tablename__ = "artefact_use"

    project: Mapped[str] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("artefact.sha256"), primary_key=True, index=True)


class Event(Base):
    """Something that happened in a project; the number orders them and resumes a stream."""

    __tablename__ = "event"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    project: Mapped[str] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    topic: Mapped[str] = mapped_column(String(40))  # job, notes, comment, approval, take, reel, upload
    data: Mapped[Record] = mapped_column(JSON)
    created: Mapped[float] = mapped_column(Float, default=time.time)
    __table_args__ = ({"sqlite_autoincrement": True},)


class Idempotency(Base):
    """An answer that was already given, by the caller's own key."""

    __tablename__ = "idempotency"

    caller: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column()
    body: Mapped[Record] = mapped_column(JSON)
    created: Mapped[float] = mapped_column(Float, default=time.time, index=True)


class Webhook(Base):
    """Where to tell of events; ``secret`` signs what is sent, after the Standard Webhooks."""

    __tablename__ = "webhook"

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("webhook"))
    project: Mapped[str] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    url: Mapped[str] = mapped_column(String(2000))
    topics: Mapped[Record] = mapped_column(JSON)  # list[str]
    secret: Mapped[str] = mapped_column(String(100))
    delivered: Mapped[int] = mapped_column(default=0)  # number of the last event told
    failures: Mapped[int] = mapped_column(default=0)
    failed: Mapped[float | None] = mapped_column(Float)  # when it last failed, and why
    why: Mapped[str] = mapped_column(String(400), default="", server_default="")
    retry_at: Mapped[float] = mapped_column(Float, default=0.0)
    active: Mapped[bool] = mapped_column(default=True)


class Audit(Base):
    """Who did what, when; written with the change itself, never altered."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    project: Mapped[str | None] = mapped_column(String(40), index=True)  # no foreign key: it outlives the project
    actor: Mapped[str] = mapped_column(String(40))
    actor_name: Mapped[str] = mapped_column(String(200), default="")
    action: Mapped[str] = mapped_column(String(60))
    target: Mapped[str] = mapped_column(String(120), default="")
    data: Mapped[Record] = mapped_column(JSON, default=dict, server_default="{}")  # what the event says of the change
    created: Mapped[float] = mapped_column(Float, default=time.time)
    __table_args__ = ({"sqlite_autoincrement": True},)
