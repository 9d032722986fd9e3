"""Render: stems, mixes, clicks and the preview film."""

from model.render.automation import Automation, Fade
from model.render.bwf import Label, time_reference, write_bwf
from model.render.click import free_clicks_lost, write_click
from model.render.film import FilmSettings, preview
from model.render.film_sound import FilmSound, film_sound
from model.render.levels import MixSettings
from model.render.mix import Mix, mix
from model.render.overlay import Guide
from model.render.printing import Printed, print_stems, print_temp_mix
from model.render.stems import Stems, perform
from model.render.synth import play

__all__ = [
    "Automation",
    "Fade",
    "FilmSettings",
    "FilmSound",
    "Guide",
    "Label",
    "Mix",
    "MixSettings",
    "Printed",
    "Stems",
    "film_sound",
    "free_clicks_lost",
    "mix",
    "perform",
    "play",
    "preview",
    "print_stems",
    "print_temp_mix",
    "time_reference",
    "write_bwf",
    "write_click",
]
