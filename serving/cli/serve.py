"""The command ``cuelight serve``: the review room and its API on this machine."""

from __future__ import annotations

import contextlib
import resource
import socket
import sys
from typing import TYPE_CHECKING, Any

from model.errors import OutputUnwritable, SettingInvalid
from serving.cli.options import Home, Host, Port, PublicUrl, Workers

if TYPE_CHECKING:
    from serving.settings import Settings

GRACE_S = 5  # after a stop signal, for the requests that are being answered
MAX_OPEN_FILES = 65_536


def serve(
    host: Host = None, port: Port = None, home: Home = None, workers: Workers = None, public_url: PublicUrl = None
) -> None:
    """Open the review room: upload a cut, shape its notes, ask for a temp score, agree."""
    import uvicorn

    from serving.app import create_app, new_token
    from serving.jobs.logs import configure_logs

    options: dict[str, Any] = {"host": host, "port": port, "home": home, "workers": workers, "public_url": public_url}
    settings = _read_settings({name: value for name, value in options.items() if value is not None})
    configure_logs(as_json=settings.log_json)
    _allow_many_files()
    with _open_listener(settings) as listener:
        # the session cookie is named after the port
        settings.port = listener.getsockname()[1]
        token = new_token() if settings.open_access else ""
        app = create_app(settings, sign_in_token=token)
        config = uvicorn.Config(
            app,
            access_log=False,  # the gate writes one, without the query
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
        )
        _print_address(settings, token)
        uvicorn.Server(config).run([listener])


def _read_settings(options: dict[str, Any]) -> Settings:
    """Read the settings from the environment; ``options`` of the command line replace them."""
    from pydantic import ValidationError

    from serving.settings import Settings

    try:
        return Settings(**options)
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise SettingInvalid(f"CUELIGHT_{name}: {first['msg']}.", hint="Correct the variable or the option.") from error


def _allow_many_files() -> None:
    """Raise the limit on open files as far as the system allows: every event stream is one."""
    with contextlib.suppress(ValueError, OSError):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_OPEN_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def _open_listener(settings: Settings) -> socket.socket:
    """Listen on the address of the settings; raises OutputUnwritable where it is taken or not ours."""
    kind = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(kind, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen()  # before the address is printed: a request that comes early waits until the application is up
    except OSError as error:
        listener.close()
        raise OutputUnwritable(
            f"{settings.host}:{settings.port} cannot be listened on: {error.strerror}.",
            hint="Choose another with --port; 0 takes a free one.",
        ) from error
    return listener


def _print_address(settings: Settings, token: str) -> None:
    """Print where the service is; the link signs in as owner."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    if host in {"0.0.0.0", "[::]"}:  # noqa: S104 - not an address one can open: this machine's own is printed
        host = "127.0.0.1"
    address = settings.public_url.rstrip("/") or f"http://{host}:{settings.port}"
    sys.stdout.write(f"Cuelight is at {address}/" + (f"?token={token}" if token else "") + "\n")
    sys.stdout.write("The link signs in as owner as long as this runs. Ctrl-C ends it.\n" if token else "")
    sys.stdout.flush()
