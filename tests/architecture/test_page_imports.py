"""No file of the page imports, over however many others, itself; imports of types alone count too."""

import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

PAGE = Path(__file__).parents[2] / "serving/web/src"
IMPORT = re.compile(r"""^\s*(?:import|export)\b[^"';]*?from\s+["'](\.[^"']+)["']""", re.MULTILINE)


def imports_of(path: Path) -> set[Path]:
    found = set()
    for name in IMPORT.findall(path.read_text(encoding="utf-8")):
        target = (path.parent / name).resolve()
        candidates = [target, Path(f"{target}.ts"), Path(f"{target}.svelte.ts"), Path(f"{target}.d.ts")]
        found |= {next(one for one in candidates if one.is_file())}
    return found


def test_no_import_circle_in_the_page() -> None:
    files = sorted([*PAGE.rglob("*.ts"), *PAGE.rglob("*.svelte")])
    graph = {path: imports_of(path) for path in files}
    assert sum(map(len, graph.values())) > len(files), "the imports are not seen"
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" -> ".join(str(path.relative_to(PAGE)) for path in error.args[1])) from None
