"""Running the application under uvicorn: where it listens, and how it stops."""

from __future__ import annotations

import contextlib
import resource
import socket
from collections.abc import Callable

import uvicorn

from model.errors import OutputUnwritable
from serving.app import create_app, new_token
from serving.settings import Settings

GRACE_S = 5  # after a stop signal, for the requests that are being answered
MAX_OPEN_FILES = 65_536


class Server(uvicorn.Server):
    """A uvicorn server that ends the event streams first: they would never end by themselves."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        """Take what ends every event stream; it is called in the event loop."""
        super().__init__(config)
        self._end_streams = end_streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then wait for the other requests and stop the application."""
        self._end_streams()
        await super().shutdown(sockets)


def run_server(settings: Settings, print_address: Callable[[Settings, str], None]) -> None:
    """Run the service until SIGINT or SIGTERM, which is how it ends: the function then returns.

    uvicorn stops on both, then raises the signal again; the command turns both into KeyboardInterrupt.

    Parameters
    ----------
    settings: its ``port`` becomes the one that is listened on
    print_address: gets the settings and the token that signs in as the local owner (empty = none), once connections
        are accepted

    Raises
    ------
    OutputUnwritable: the address is taken or not ours
    """
    allow_many_files()
    with contextlib.suppress(KeyboardInterrupt), open_listener(settings) as listener:
        settings.port = listener.getsockname()[1]  # the session cookie is named after the port
        token = new_token() if settings.open_access else ""
        app = create_app(settings, sign_in_token=token)
        config = uvicorn.Config(
            app,
            access_log=False,  # the gate writes one, without the query
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
        )
        print_address(settings, token)
        Server(config, app.state.service.broadcaster.close).run([listener])


def allow_many_files() -> None:
    """Raise the limit on open files as far as the system allows: every event stream is one."""
    with contextlib.suppress(ValueError, OSError):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_OPEN_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def open_listener(settings: Settings) -> socket.socket:
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
