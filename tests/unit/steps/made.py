"""Steps that these tests run, at the top of a module so that another process can run them too."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from model.errors import CueInvalid
from model.progress import Progress
from model.steps.step import Facts, Inputs, Step


@dataclass(frozen=True)
class Text:
    """What is written, into which file, and where each run is counted."""

    words: str
    log: Path
    name: str = "out/a.txt"


def write(inputs: Inputs, settings: Text, folder: Path, progress: Progress) -> Facts:
    with settings.log.open("a") as log:
        log.write(settings.words + "\n")
    progress("write", 0, 1)
    path = folder / settings.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(settings.words + "".join(file.read().decode() for file in inputs.values()))
    match settings.words:
        case "refused":
            raise CueInvalid("No music fits.")
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "slow":
            time.sleep(60)
        case _:
            progress("write", 1, 1)
    return {"words": len(settings.words), "pair": (1, 2)}


WRITE = Step("write", write)
NEEDY = Step("needy", write, needs=("notes", "film"))
