"""The colours of the house for page and print, and the styles of the time axis.

Text colours keep a contrast of at least 4.5:1 on their grounds (a test measures it); shape, size and words say what
colour says, so that the notes survive a bad photocopier.
"""

from __future__ import annotations

LIGHT = {
    "ground": "#ffffff", "panel": "#f7f8f9", "raised": "#eef1f4", "line": "#d9dde2", "text": "#14171a",
    "dim": "#4a535e", "music": "#c77f10", "music_fill": "#fdf3dc", "music_text": "#855400",
    "dialogue": "#2f6fb2", "on_dialogue": "#ffffff", "second": "#2a8f80", "second_text": "#1a665b",
    "existing": "#7a4fd0", "effects": "#2f8f63", "sound": "#8b95a1", "hit": "#c8352b", "hit_text": "#a3261d",
    "no_fill": "#fdeceb", "arousal": "#b56a00", "valence": "#2a8f80", "tension": "#c24a85",
}  # fmt: skip
DARK = {
    "ground": "#0e1013", "panel": "#13161a", "raised": "#1b1f25", "line": "#2f363e", "text": "#e8eaed",
    "dim": "#9aa3ad", "music": "#f2b84b", "music_fill": "#3a2e15", "music_text": "#f2b84b",
    "dialogue": "#6fb7ff", "on_dialogue": "#0e1013", "second": "#57c7b6", "second_text": "#57c7b6",
    "existing": "#b48cff", "effects": "#7bd0a8", "sound": "#6d7782", "hit": "#ff6b5e", "hit_text": "#ff8a7f",
    "no_fill": "#3a1c1a", "arousal": "#ffb454", "valence": "#57c7b6", "tension": "#e06c9f",
}  # fmt: skip
# what text stands on what ground: the pairs whose contrast is promised
TEXT_ON = (
    ("text", "ground"), ("dim", "ground"), ("text", "raised"), ("dim", "panel"), ("music_text", "ground"),
    ("music_text", "music_fill"), ("on_dialogue", "dialogue"),
    ("second_text", "ground"), ("on_dialogue", "second_text"), ("dialogue", "ground"),
    ("hit_text", "ground"),
    ("hit_text", "no_fill"), ("existing", "ground"), ("text", "music_fill"),
)  # fmt: skip

VOICES = 4  # people keep their look: solid and outlined, in two colours, then round again

_AXIS = """
.axis text {{ font-family: {sans}; font-size: 9px; fill: {text}; }}
.axis .mono {{ font-family: {mono}; font-size: 8px; fill: {dim}; }}
.axis .lane {{ font-size: 8.5px; fill: {dim}; }}
.axis .tick {{ stroke: {line}; stroke-width: 1; }}
.axis .voice1 {{ fill: {dialogue}; }}
.axis .voice2 {{ fill: {ground}; stroke: {second}; stroke-width: 1.2; }}
.axis .voice3 {{ fill: {second_text}; }}
.axis .voice4 {{ fill: {ground}; stroke: {dialogue}; stroke-width: 1.2; }}
.axis text.on1 {{ font-size: 8px; fill: {on_dialogue}; }}
.axis text.on2 {{ font-size: 8px; fill: {second_text}; }}
.axis text.on3 {{ font-size: 8px; fill: {on_dialogue}; }}
.axis text.on4 {{ font-size: 8px; fill: {dialogue}; }}
.axis .loud {{ fill: {sound}; }}
.axis .existing {{ fill: {existing}; }}
.axis .effect {{ fill: {effects}; stroke: {ground}; stroke-width: 0.8; }}
.axis .arousal {{ fill: none; stroke: {arousal}; stroke-width: 1.8; }}
.axis .valence {{ fill: none; stroke: {valence}; stroke-width: 1.2; stroke-dasharray: 4 3; }}
.axis .tension {{ fill: none; stroke: {tension}; stroke-width: 1.1; }}
.axis .band-arousal {{ fill: {arousal}; fill-opacity: 0.13; }}
.axis .band-valence {{ fill: {valence}; fill-opacity: 0.13; }}
.axis .band-tension {{ fill: {tension}; fill-opacity: 0.08; }}
.axis .cue {{ fill: {music_fill}; stroke: {music}; stroke-width: 1.2; }}
.axis .number {{ font-size: 11px; font-weight: bold; fill: {music_text}; }}
.axis .silence {{ fill: none; stroke: {dim}; stroke-width: 0.9; stroke-dasharray: 3 2.5; }}
.axis .reason {{ font-style: italic; fill: {dim}; }}
.axis .hit {{ fill: {hit}; }}
.axis .stem {{ stroke: {hit}; stroke-width: 0.7; stroke-opacity: 0.45; }}
.fade0 {{ stop-color: {music}; stop-opacity: 0.5; }}
.fade1 {{ stop-color: {music}; stop-opacity: 0; }}
"""


def axis_style(colours: dict[str, str], sans: str, mono: str) -> str:
    """Return the rules of the time axis in the given colours and type."""
    return _AXIS.format(**colours, sans=sans, mono=mono)
