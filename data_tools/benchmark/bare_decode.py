"""The reference of the speed figure: a bare PyAV decode of the picture, nothing else."""

from __future__ import annotations

import sys

import av


def main() -> None:
    """Decode every frame of the film named on the command line and print how many there were."""
    frames = 0
    with av.open(sys.argv[1]) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for _ in container.decode(stream):
            frames += 1
    print(frames)


if __name__ == "__main__":
    main()
