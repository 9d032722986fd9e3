"""Where the temp mix and the preview take the film's own picture and sound from: the film, or files we made of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from model.errors import ReelMissing
from model.media.reel import ReelInfo
from model.render.engine import RATE
from model.render.film_sound import FilmSound, film_sound, has_split_tracks
from model.render.flac import read_flac

PICTURE = "picture.mp4"  # name of the prepared picture in its folder
SOUND = "sound.flac"  # name of the prepared sound beside it; absent for a silent reel


@dataclass(frozen=True, slots=True)
class FilmSource:
    """A film, and the folder of files that :func:`model.review.film.prepare_review` made of it.

    With ``prepared``, the film itself is not opened any more: only files of our own are.
    """

    film: Path
    prepared: Path | None = None

    @property
    def picture(self) -> Path:
        """The file to take the frames from: all of them, each at its own time."""
        return self.film if self.prepared is None else self.prepared / PICTURE

    def check(self, *, sounds: bool, shows: bool) -> None:
        """Raise ReelMissing if a file that will be needed is not there."""
        needed = [self.film] if self.prepared is None else []
        if self.prepared is not None:
            needed += [self.prepared / SOUND] * sounds + [self.prepared / PICTURE] * shows
        for path in needed:
            if not path.is_file():
                message = f"There is no film at {path.name!r}."
                raise ReelMissing(message, hint="Check the path.")

    def sound(self, info: ReelInfo, seconds: float) -> FilmSound | None:
        """Read what is heard besides our music, as long as the picture; None for a silent film.

        Raises what opening the film raises, NotesInvalid for damaged files of ours, and DiskFull.
        """
        if self.prepared is None:
            return film_sound(self.film, info, seconds)
        if not (self.prepared / SOUND).is_file():
            return None
        return FilmSound(read_flac(self.prepared / SOUND, round(seconds * RATE)), has_split_tracks(info))
