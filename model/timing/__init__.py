"""Timing: bars, meters and tempi under the picture's hits."""

from model.timing.compare import Tally, compare, tally
from model.timing.fit import fit, fit_aims, settings_for
from model.timing.instances import answer
from model.timing.landing import Aim, Fit, Fits, FitSettings, Grade, Landing
from model.timing.sync import Click, Colour, Flutter, Punch, Streamer, Sync, SyncSettings, click_track, sync
from model.timing.tempo_map import Meter, Tempo, TempoMap

__all__ = [
    "Aim",
    "Click",
    "Colour",
    "Fit",
    "FitSettings",
    "Fits",
    "Flutter",
    "Grade",
    "Landing",
    "Meter",
    "Punch",
    "Streamer",
    "Sync",
    "SyncSettings",
    "Tally",
    "Tempo",
    "TempoMap",
    "answer",
    "click_track",
    "compare",
    "fit",
    "fit_aims",
    "settings_for",
    "sync",
    "tally",
]
