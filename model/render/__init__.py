"""Render: stems, mixes, clicks and the preview film."""

from model.render.bwf import Label, time_reference, write_bwf
from model.render.printing import Printed, print_stems
from model.render.stems import Stems, perform
from model.render.synth import play

__all__ = ["Label", "Printed", "Stems", "perform", "play", "print_stems", "time_reference", "write_bwf"]
