"""The story is told once, by the steps of ``model/pipeline.py``: jobs run them, and repeat no rule of the model."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

from model import cue_steps, film_run, pipeline
from model.steps.step import Step

ROOT = Path(__file__).parents[2]
JOBS = sorted((ROOT / "serving" / "jobs").rglob("*.py"))
STAGES = [path for path in JOBS if path.parent.name == "stages" and path.name != "__init__.py"]
RUN_BY = ("model.pipeline", "model.cue_steps", "model.steps")
MAY_KNOW = frozenset(  # what carries settings and records, and the ground floor: nothing that does a step's work
    [
        "model.documents",
        "model.errors",
        "model.fields",
        "model.files",
        "model.progress",
        "model.motifs.language",
        "model.motifs.settings",
        "model.observe.settings",
        "model.review.film",
        "model.runtime.process",
        "model.runtime.session",
        "model.scoring.language_files",
        "model.scoring.record",
        "model.sketch.settings",
        "model.sketch.sketch_types",
        "model.spotting.notes",
        "model.spotting.settings",
    ]
)
OF_THOSE = {  # the names that may be taken of modules that also do work
    "model.review.film": {"PICTURE", "SOUND", "WAVEFORM"},
    "model.scoring.language_files": {"LANGUAGE", "read_language"},
    "model.scoring.record": {"CueChoice", "ScoredCue", "current_cues"},
}


def imports(path: Path) -> list[tuple[str, str]]:
    """Module and name of everything a file imports from the model, inside functions too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    return [
        (str(node.module), alias.name) for node in found for alias in node.names if str(node.module)[:6] == "model."
    ]


@pytest.mark.parametrize("path", JOBS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_job_knows_of_the_model_its_steps_and_settings_only(path: Path) -> None:
    foreign = [
        f"{module}: {name}"
        for module, name in imports(path)
        if not module.startswith(RUN_BY) and (module not in MAY_KNOW or name not in OF_THOSE.get(module, {name}))
    ]
    assert foreign == []


@pytest.mark.parametrize("path", STAGES, ids=lambda path: path.stem)
def test_a_stage_says_nothing_about_usages_and_stays_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\bUsage\b|\busage\b|\.is_composed\b", text)
    assert text.count("\n") <= 100


def test_who_is_composed_is_said_once() -> None:
    """No list of usages but the property on ``Usage`` itself."""
    lists = re.compile(r"[({]\s*Usage\.(SOURCE|SONG)\s*,\s*Usage\.(SOURCE|SONG)\s*,?\s*[)}]")
    rooms = (path for room in ("model", "serving", "data_tools", "training") for path in (ROOT / room).rglob("*.py"))
    assert [path.name for path in rooms if lists.search(path.read_text(encoding="utf-8"))] == ["notes.py"]


def steps_in(module: object) -> set[str]:
    return {name for name, value in vars(module).items() if isinstance(value, Step)}


def test_every_step_is_in_the_list_and_has_a_name_of_its_own() -> None:
    assert {getattr(pipeline, name) for name in steps_in(pipeline)} == set(pipeline.STEPS)
    assert len({step.name for step in pipeline.STEPS}) == len(pipeline.STEPS)


def test_steps_are_defined_nowhere_else() -> None:
    rooms = (path for room in ("model", "serving") for path in (ROOT / room).rglob("*.py"))
    makes = [path.relative_to(ROOT) for path in rooms if re.search(r"= Step\(", path.read_text(encoding="utf-8"))]
    assert makes == [Path("model/pipeline.py")]


def test_every_step_is_run_by_name_by_the_command_or_by_a_job() -> None:
    stages = [importlib.import_module(f"serving.jobs.stages.{path.stem}") for path in STAGES]
    run = set().union(*(steps_in(module) for module in (film_run, cue_steps, *stages)))
    assert run == steps_in(pipeline)


def test_every_step_that_opens_the_film_does_so_in_the_sandbox() -> None:
    """``film`` is an input of two steps, and these two call what runs in the child."""
    assert {step.name for step in pipeline.STEPS if "film" in step.needs} == {"watch", "prepare"}
    text = (ROOT / "model" / "pipeline.py").read_text(encoding="utf-8")
    uses = re.findall(r'(\w+)\(inputs\["film"\]', text)
    assert uses == ["observe_in_sandbox", "prepare_review"]
    assert text.count('inputs["film"]') == len(uses)
