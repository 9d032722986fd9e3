"""A child that misbehaves on request: the first word of the task says how, the rest with what."""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

from model.errors import BrokenReel, CuelightError
from model.progress import Progress
from model.runtime.child import ChildRequest, main


def misbehave(request: ChildRequest, progress: Progress) -> bytes:  # noqa: C901, PLR0911, PLR0912 - a list
    progress("watch", 1, 2)
    what, *rest = request.task.split("\n")
    match what:
        case "read":
            return Path(request.path).read_bytes()
        case "refuse":
            raise BrokenReel("It breaks off.", hint="Copy it again.")
        case "unknown":
            raise type("Odd", (CuelightError,), {"code": "odd"})("Odd.")
        case "fault":
            raise ValueError("a fault of ours")
        case "die":
            os.kill(os.getpid(), 9)
        case "abort":
            os.abort()
        case "eat":
            return bytes(bytearray(2**32))
        case "hang":
            time.sleep(60)
        case "forever":
            while True:
                progress("watch", 1, 2)
                time.sleep(0.01)
        case "flood":
            os.write(int(sys.argv[2]), b"x" * 200_000)
        case "lie":
            os.write(int(sys.argv[2]), b'{"done": 7}\n')
            os._exit(0)
        case "garble":
            os.write(int(sys.argv[2]), rest[0].encode() + b"\n")
        case "big":
            return bytes(10_000)
        case "make":
            Path(request.out, "made").write_text(rest[0])
            return Path(request.out).as_posix().encode()
        case "overwrite":
            Path(request.path).write_bytes(b"gone")
        case "spill":
            Path(request.path).with_name("beside").write_bytes(b"gone")
        case "connect":
            socket.create_connection(("127.0.0.1", int(rest[0])), timeout=2).close()
        case "look":
            return ",".join(str(Path(p).exists()) for p in rest).encode()
        case other:
            return f"{other} {rest}".encode()
    return b""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], misbehave))
