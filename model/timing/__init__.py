"""Timing: bars, meters and tempi that land a cue's hits."""

from model.timing.compare import FitSummary, compare, summarise_fit
from model.timing.fit import fit, fit_aims, settings_for
from model.timing.instances import answer_instances
from model.timing.landing import Aim, Fit, Fits, FitSettings, Grade, Landing
from model.timing.sync import Click, Flutter, Punch, Streamer, StreamerColour, Sync, SyncSettings, click_track, sync
from model.timing.tempo_map import Meter, Tempo, TempoMap

__all__ = [
    "Aim",
    "Click",
    "Fit",
    "FitSettings",
    "FitSummary",
    "Fits",
    "Flutter",
    "Grade",
    "Landing",
    "Meter",
    "Punch",
    "Streamer",
    "StreamerColour",
    "Sync",
    "SyncSettings",
    "Tempo",
    "TempoMap",
    "answer_instances",
    "click_track",
    "compare",
    "fit",
    "fit_aims",
    "settings_for",
    "summarise_fit",
    "sync",
]
