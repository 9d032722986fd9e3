"""Sending to an address that somebody gave us, without letting them reach what only we can reach.

The name is looked up once; if any of its addresses lies inside a house, on this machine or nowhere, nothing is sent.
The connection goes to the very address that was looked at, so a name that changes its mind in between gains nothing.
Redirects are not followed, proxies of the environment not used, and what is answered is not read beyond its status.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from model.errors import NotAllowed

CONNECT_S = 5.0
TOTAL_S = 15.0
NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Lookup = Callable[[str, int], list[str]]


def look_up(host: str, port: int) -> list[str]:
    """Return every address of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def check_url(url: str, *, private: bool) -> SplitResult:
    """Check what can be checked without looking up the name; raises NotAllowed.

    ``private``: whether plain HTTP and addresses inside the house will do.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotAllowed("This is no address of a webhook.") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password or port == 0:
        raise NotAllowed("This is no address of a webhook.", hint="Write https://host/path, without a name in it.")
    if parts.scheme != "https" and not private:
        raise NotAllowed("A webhook's address begins with https.", hint="CUELIGHT_PRIVATE_WEBHOOKS allows others.")
    with contextlib.suppress(ValueError):
        _check(ipaddress.ip_address(parts.hostname), private=private)
    return parts


def post(url: str, body: bytes, headers: Mapping[str, str], *, private: bool = False, look_up: Lookup = look_up) -> int:
    """Send ``body`` and return the status of the answer.

    Raises NotAllowed for an address we do not send to, and OSError or HTTPException if nobody answers in time.
    """
    parts = check_url(url, private=private)
    host = str(parts.hostname)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = [ipaddress.ip_address(address.partition("%")[0]) for address in look_up(host, port)]
    for address in found:
        _check(address, private=private)
    if not found:
        raise OSError(f"{host} has no address")
    connection = _Pinned(host, port, str(found[0]), secure=parts.scheme == "https")
    watch = threading.Timer(TOTAL_S, connection.cut)
    watch.daemon = True
    watch.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, dict(headers))
        return connection.getresponse().status
    finally:
        watch.cancel()
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, whatever the name says by now."""

    def __init__(self, host: str, port: int, address: str, *, secure: bool) -> None:
        super().__init__(host, port, timeout=CONNECT_S)
        self._address = address
        self._secure = secure

    def connect(self) -> None:
        """Connect to the address that was checked; the certificate must be that of the name."""
        plain = socket.create_connection((self._address, self.port), CONNECT_S)
        self.sock = plain
        if self._secure:  # in two steps, so that a handshake that never ends can be cut too
            context = ssl.create_default_context()
            wrapped = context.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock = wrapped
            wrapped.do_handshake()

    def cut(self) -> None:
        """End it, whatever it is doing."""
        there: Any = self.sock
        if there is not None:
            with contextlib.suppress(OSError):
                there.shutdown(socket.SHUT_RDWR)


def _check(address: Address, *, private: bool) -> None:
    if not private and not all(_is_outside(one) for one in _meant(address)):
        raise NotAllowed("A webhook cannot go to an address inside the house.", hint="Use a public address.")


def _is_outside(address: Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _meant(address: Address) -> list[Address]:
    """Return an address and those it carries inside: where a translator on the way would send it."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    inside: list[Address] = [one for one in (address.ipv4_mapped, address.sixtofour) if one is not None]
    if address.teredo is not None:
        inside += address.teredo
    if address in NAT64:
        inside.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return inside if address.ipv4_mapped is not None or address in NAT64 else [address, *inside]
