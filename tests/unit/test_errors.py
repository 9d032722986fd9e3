"""The tree in the docstring is the tree in the code."""

import re

from model import errors


def _kinds() -> dict[str, type[errors.CuelightError]]:
    return {k: v for k, v in vars(errors).items() if isinstance(v, type) and issubclass(v, errors.CuelightError)}


def test_the_drawing_names_every_class_and_no_other() -> None:
    drawn = set(re.findall(r"^[│├└─ ]*([A-Z]\w+)\b", errors.__doc__ or "", flags=re.MULTILINE))
    assert drawn - {"Each", "Nothing", "Every"} == set(_kinds())


def test_codes_are_stable_words_and_unique() -> None:
    codes = [kind.code for kind in _kinds().values()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


def test_an_error_carries_its_sentence_and_what_to_do() -> None:
    error = errors.NotAFilm("That is a playlist.", hint="Give the film itself.")
    assert (str(error), error.hint, error.code) == ("That is a playlist.", "Give the film itself.", "not-a-film")
