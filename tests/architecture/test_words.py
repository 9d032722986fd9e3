"""The rules of HOUSE.md's words that can be checked by machine: names, numbers and times in Python and TypeScript."""

import ast
import io
import itertools
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ROOMS = ("model", "serving", "training", "data_tools")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "node_modules" not in path.parts)
PAGE = ROOT / "serving/web/src"
UNITS = frozenset(
    (HERE / "units.txt").read_text(encoding="utf-8").split()
)  # a name that ends in one of these says what it counts
VERBS = frozenset((HERE / "verbs.txt").read_text(encoding="utf-8").split())  # what a public function may begin with
NOUNS = frozenset({"seed", "feed", "need", "speed", "embed", "bed", "run"})  # end like a participle and are none
PREPOSITIONS = frozenset({"at", "by", "for", "from", "in", "of", "on", "to"})
NUMBER_NODES = (ast.Constant, ast.UnaryOp, ast.BinOp, ast.USub, ast.UAdd, ast.operator)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def is_number(node: ast.expr) -> bool:
    """Tell whether an expression is made of number literals alone."""
    if not all(isinstance(part, NUMBER_NODES) for part in ast.walk(node)):
        return False
    constants = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
    return bool(constants) and all(type(value) in {int, float} for value in constants)


def lines_with_comments(source: str) -> set[int]:
    found = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0] for token in found if token.type == tokenize.COMMENT and len(token.string) > 4}


# Each of these describes a second time, for the API, what a dataclass describes; they go when the API takes that one.
SECOND_DESCRIPTIONS = {ROOT / "serving/api/schemas" / name for name in ("edits.py", "jobs.py")}


def test_a_class_name_means_one_thing_in_the_whole_house() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in [module for module in MODULES if module not in SECOND_DESCRIPTIONS]:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(name_of(path))
    shared = [f"{name}: {', '.join(where)}" for name, where in sorted(places.items()) if len(where) > 1]
    assert not shared, "\n" + "\n".join(shared)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_number_has_a_unit_or_a_reason(path: Path) -> None:
    """A module-level number ends in its unit, or a comment beside it (or right above) says why it is what it is."""
    source = path.read_text(encoding="utf-8")
    explained = lines_with_comments(source)
    bare = []
    for node in ast.parse(source).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                if any(is_number(value) for value in node.value.elts):
                    bare.append(f"line {node.lineno}: several numbers in one assignment")
            elif isinstance(target, ast.Name) and is_number(node.value):
                named = target.id.lower().strip("_").split("_")[-1] in UNITS
                lines = range(node.lineno - 1, (node.end_lineno or node.lineno) + 1)
                if not named and not explained.intersection(lines):
                    bare.append(f"line {node.lineno}: {target.id}")
    assert bare == []


def functions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function and method but properties, which may state a condition: ``sweep.refused``."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("__"):
                continue
            if not any("property" in ast.unparse(decorator) for decorator in node.decorator_list):
                yield path, node


IRREGULAR = frozenset((HERE / "irregular_participles.txt").read_text(encoding="utf-8").split())


def is_bare_participle(name: str) -> bool:
    """Tell whether a name is nothing but a participle or an adverb: ``_agreed``, ``seen``, ``_left``."""
    words = name.strip("_").split("_")
    last = words[-1]
    if len(words) > 1 or last in VERBS or last in NOUNS:
        return False
    return last.endswith("ed") or last in IRREGULAR


def test_no_function_is_named_by_a_participle_alone() -> None:
    bare = {f"{name_of(path)}: {node.name}" for path, node in functions() if is_bare_participle(node.name)}
    assert not bare, "\n" + "\n".join(sorted(bare))


def is_noun_of_its_result(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether the first sentence of the docstring, or the type it returns, speaks of what the name names."""
    words = node.name.lower().split("_")
    nouns = list(itertools.takewhile(lambda word: word not in PREPOSITIONS, words)) or words
    sentence = (ast.get_docstring(node) or "").split("\n\n")[0].lower()
    returned = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", ast.unparse(node.returns) if node.returns else "").lower()
    spoken_of = {word.rstrip("s") for word in re.findall(r"[a-z0-9]+", f"{sentence} {returned}")}
    return not spoken_of.isdisjoint(word.rstrip("s") for word in nouns)


def public_functions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Functions of modules and methods of classes; a property is a noun, a command is as it is typed."""
    for path in MODULES:
        body = ast.parse(path.read_text(encoding="utf-8")).body
        for node in [*body, *(part for kind in body if isinstance(kind, ast.ClassDef) for part in kind.body)]:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
                continue
            is_property = any("property" in ast.unparse(decorator) for decorator in node.decorator_list)
            is_command = path.is_relative_to(ROOT / "serving/cli")
            if not is_property and not is_command:
                yield path, node


def test_a_public_function_begins_with_a_verb_or_is_the_noun_of_its_result() -> None:
    odd = {
        f"{name_of(path)}: {node.name}"
        for path, node in public_functions()
        if node.name.split("_")[0] not in VERBS and (is_bare_participle(node.name) or not is_noun_of_its_result(node))
    }
    assert not odd, "\n" + "\n".join(sorted(odd))


# A time that is missing is an error, never 0 (HOUSE.md 3).
MISSING_TIME = re.compile(
    r"\b\w*(?:_s|_ms|start|end|time|frame|frames|onset|seconds|samples|length|duration|offset|at|from|to)\b\)?\s*(?:\?\?|\|\|)\s*0\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("path", sorted([*PAGE.rglob("*.ts"), *PAGE.rglob("*.svelte")]), ids=name_of)
def test_no_missing_time_becomes_zero_in_the_page(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").split("\n")
    assert [f"{number}: {line.strip()}" for number, line in enumerate(lines, 1) if MISSING_TIME.search(line)] == []
