# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # A reel, from the first frame to the notes
#
# A synthetic film with known truth is drawn, opened, observed and spotted. Nothing here needs a network.

# %%
import tempfile
from pathlib import Path

from data_tools.films import make_tiny
from model.media.open import open_reel
from model.observe.run import observe
from model.observe.settings import ObserveSettings
from model.spotting.draft import spot

folder = Path(tempfile.mkdtemp())
film = folder / "tiny.mp4"
truth = make_tiny(7, film)

# %% [markdown]
# ## Open
# A reel knows its rate exactly, and what the first frame is called.

# %%
reel = open_reel(film)
print(reel.info.name, reel.info.timebase.rate, reel.info.timebase.label(reel.info.timebase.start))

# %% [markdown]
# ## Observe
# One decode pass feeds every detector.

# %%
observations = observe(reel, ObserveSettings())
print("cuts", [f.index for f in observations.cuts.hard()])
print("lines", [(round(x.start_s, 1), round(x.end_s, 1)) for x in observations.dialogue.lines])

# %% [markdown]
# ## Spot
# Cues, silences and hits, each with its reasons.

# %%
notes = spot(observations)
base = notes.reel.timebase
for cue in notes.cues:
    print(cue.number, base.timecode(cue.span.start), base.timecode(cue.span.end), cue.instruction)
for silence in notes.silences:
    print("silence", base.timecode(silence.span.start), base.timecode(silence.span.end), silence.why[0].text)

# %%
assert notes.cues or notes.silences, "a reel is never without a decision"
