"""The command ``cuelight serve``: the review room and its API on this machine."""

from __future__ import annotations

import contextlib
import resource
import socket
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from model.errors import OutputUnwritable, SettingInvalid
from serving.settings import Settings

GRACE_S = 5
MOST_FILES = 65_536


def serve(
    host: Annotated[str | None, typer.Option("--host", help="Where to listen; this machine alone by default.")] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = None,
    home: Annotated[
        Path | None, typer.Option("--home", help="Folder of the database, the films and what is made of them.")
    ] = None,
    workers: Annotated[int | None, typer.Option("--workers", min=0, max=64, help="Processes for the jobs.")] = None,
    public_url: Annotated[str | None, typer.Option("--public-url", help="How it is reached from outside.")] = None,
) -> None:
    """Open the review room: upload a cut, shape its notes, ask for a temp score, agree."""
    import uvicorn

    from serving.app import create_app, new_token
    from serving.jobs.logs import configure_logs

    said: dict[str, Any] = {"host": host, "port": port, "home": home, "workers": workers, "public_url": public_url}
    settings = _settings({name: value for name, value in said.items() if value is not None})
    configure_logs(as_json=settings.log_json)
    _allow_many_files()
    with _listening(settings) as listening:
        # the port that was found decides the session's cookie
        settings.port = listening.getsockname()[1]
        token = new_token() if settings.open_access else ""
        app = create_app(settings, sign_in_token=token)
        config = uvicorn.Config(
            app,
            access_log=False,  # the gate writes one, without the query
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
        )
        _say(settings, token)
        uvicorn.Server(config).run([listening])


def _settings(said: dict[str, Any]) -> Settings:
    """Read the environment, and what the command says over it."""
    from pydantic import ValidationError

    try:
        return Settings(**said)
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise SettingInvalid(f"CUELIGHT_{name}: {first['msg']}.", hint="Correct the variable or the option.") from error


def _allow_many_files() -> None:
    """Take as many open files as the system gives: every stream of events is one."""
    with contextlib.suppress(ValueError, OSError):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def _listening(settings: Settings) -> socket.socket:
    """Listen, before anything else is begun."""
    kind = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(kind, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen()  # whoever reads the address may knock before the application is up: they wait
    except OSError as error:
        listening.close()
        said = f"{settings.host}:{settings.port} cannot be listened on: {error.strerror}."
        raise OutputUnwritable(said, hint="Choose another with --port; 0 takes a free one.") from error
    return listening


def _say(settings: Settings, token: str) -> None:
    """Print where it is; the link signs in as owner."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    if host in {"0.0.0.0", "[::]"}:  # noqa: S104 - whoever listens everywhere is shown an address that works here
        host = "127.0.0.1"
    address = settings.public_url.rstrip("/") or f"http://{host}:{settings.port}"
    sys.stdout.write(f"Cuelight is at {address}/" + (f"?token={token}" if token else "") + "\n")
    sys.stdout.write("The link signs in as owner as long as this runs. Ctrl-C ends it.\n" if token else "")
    sys.stdout.flush()
