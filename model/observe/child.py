"""The child that watches a film: started by :func:`model.observe.sandbox.observe_in_sandbox`."""

from __future__ import annotations

import sys

from model.observe.sandbox import ObserveTask
from model.progress import Progress
from model.runtime.child import ChildRequest, main


def observe(request: ChildRequest, progress: Progress) -> bytes:
    """Observe the reel and return the observations as :mod:`model.documents` encodes them."""
    from model.documents import decode, encode
    from model.observe.run import observe_reel  # after the child has given up its rights

    task = decode(ObserveTask, request.task.encode("utf-8", "surrogatepass"))
    return encode(observe_reel(request.path, task.start_timecode, task.settings, progress))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], observe))
