"""``python -m training`` lists the recipes; ``python -m training RECIPE [ARGUMENTS]`` runs one.

``python -m training sketch FOLDER --minutes 64`` is ``python -m training.sketch.train FOLDER --minutes 64``.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

# by name: the module that holds the recipe's main(arguments), and what it makes
RECIPES = {
    "cuts": ("training.cuts.train", "the second stage of the cut detector"),
    "hits": ("training.hits.train", "the tables that rank hits"),
    "priors": ("training.spotting.priors", "spotting's priors, from labelled films"),
    "sketch": ("training.sketch.train", "the sketch net"),
    "sound": ("training.sound.train", "the sound net"),
    "spotting": ("training.spotting.train", "spotting's forests and the balance of its division"),
}


def main(arguments: Sequence[str]) -> int:
    """List the recipes, or run the one that is named first with the arguments behind it; returns the exit code."""
    if not arguments:
        for name, (module, makes) in RECIPES.items():
            print(f"{name:10}{makes} ({module})")
        return 0
    name, *rest = arguments
    if name not in RECIPES:
        print(f"There is no recipe called {name}: {', '.join(RECIPES)}.", file=sys.stderr)
        return 2
    code: int = importlib.import_module(RECIPES[name][0]).main(rest)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
