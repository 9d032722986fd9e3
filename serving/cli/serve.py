"""The command ``cuelight serve``: the review room and its API on this machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from model.errors import SettingInvalid
from serving.cli.options import Home, Host, Port, PublicUrl, Workers

if TYPE_CHECKING:
    from serving.settings import Settings


def serve(
    host: Host = None, port: Port = None, home: Home = None, workers: Workers = None, public_url: PublicUrl = None
) -> None:
    """Open the review room: upload a cut, shape its notes, ask for a temp score, agree."""
    import structlog

    from model.runtime.isolation import choose_isolation
    from serving.logs import configure_logs
    from serving.server import run_server

    options: dict[str, Any] = {"host": host, "port": port, "home": home, "workers": workers, "public_url": public_url}
    settings = read_settings({name: value for name, value in options.items() if value is not None})
    configure_logs(as_json=settings.log_json)
    isolation = choose_isolation()
    for caution in isolation.cautions:
        structlog.get_logger("cuelight.sandbox").warning("sandbox", level=isolation.level, says=caution)
    run_server(settings, _print_address)


def read_settings(options: dict[str, Any]) -> Settings:
    """Read the settings from the environment; ``options`` of the command line replace them."""
    from pydantic import ValidationError

    from serving.settings import Settings

    try:
        return Settings(**options)
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise SettingInvalid(f"CUELIGHT_{name}: {first['msg']}.", hint="Correct the variable or the option.") from error


def _print_address(settings: Settings, token: str) -> None:
    """Print where the service is; the link signs in as owner."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    if host in {"0.0.0.0", "[::]"}:  # noqa: S104 - not an address one can open: this machine's own is printed
        host = "127.0.0.1"
    address = settings.public_url.rstrip("/") or f"http://{host}:{settings.port}"
    sys.stdout.write(f"Cuelight is at {address}/" + (f"?token={token}" if token else "") + "\n")
    sys.stdout.write("The link signs in as owner as long as this runs. Ctrl-C ends it.\n" if token else "")
    sys.stdout.flush()
