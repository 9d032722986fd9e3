"""Type-checked, never run: each line marked `# refused` must be an error for mypy and for pyright."""

from fractions import Fraction

from model.time import Beat, Frame, Span, Timebase

frame = Frame(3)
beat = Beat(Fraction(2))
base = Timebase(Fraction(24))

later: Frame = frame + 2
distance: int = frame - Frame(1)
musical: Beat = beat + Fraction(1, 2)
seconds: Fraction = base.seconds(frame)
back: Frame = base.frame(seconds)

frame + beat  # refused
beat + frame  # refused
frame - beat  # refused
frame + 1.5  # refused
frame + Fraction(1)  # refused
beat + 1.5  # refused
frame < beat  # refused
base.seconds(beat)  # refused
base.timecode(3)  # refused
Span(1, 2)  # refused
