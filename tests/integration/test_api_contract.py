"""The description of the API is true: Schemathesis asks every operation what it promises, rightly and wrongly."""

from __future__ import annotations

import importlib.util
import itertools
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import schemathesis
import structlog
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

HERE = Path(__file__).parent
COMMITTED = HERE.parents[1] / "serving" / "web" / "openapi.json"
# an endless answer is no answer to a program that waits for its end; tests/integration/test_api_events.py reads it
LEFT_OUT = ["streamEvents"]
SETTINGS: dict[str, Any] = {
    "seed": 11,
    "headers": {"Authorization": "Bearer cl_owner"},
    "continue-on-failure": True,
    "generation": {"max-examples": 2, "database": "none"},
    "phases": {"stateful": {"enabled": False}},
    # in tus, which headers must come depends on each other and on the body: no schema says so
    "operations": [{"include-tag": "uploads", "checks": {"positive_data_acceptance": {"enabled": False}}}],
    "checks": {
        # right in form, and yet refused for what is there: an ETag that is not the current one, or none
        "positive_data_acceptance": {"expected-statuses": ["2xx", "304", 401, 403, 404, 409, 412, 428]},
        # the precondition is looked at first, and so is the version of tus
        "negative_data_rejection": {"expected-statuses": [400, 401, 403, 404, 409, 412, 413, 415, 422, 428]},
    },
}


@schemathesis.serializer("application/offset+octet-stream")
def raw(_context: Any, value: Any) -> bytes:
    """Bytes go as they are."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()


@pytest.fixture(scope="module")
def api() -> ModuleType:
    name = "api_world"
    if name not in sys.modules:
        path = HERE.parent / "unit" / "serving" / "api" / "world.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec
        assert spec.loader
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def test_the_committed_description_is_current() -> None:
    from serving.app import write_openapi

    assert COMMITTED.read_text(encoding="utf-8") == write_openapi(), (
        "run: python -m serving.app > serving/web/openapi.json"
    )


def test_every_operation_is_described() -> None:
    document = json.loads(COMMITTED.read_text(encoding="utf-8"))
    names: list[str] = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            names.append(operation["operationId"])
            assert operation["summary"], where
            assert operation["description"], where
            assert len(operation["tags"]) == 1, where
            problems = [answer for status, answer in operation["responses"].items() if int(status) >= 400]
            assert problems, where
            for answer in problems:
                assert "`" in answer["description"] or "/ready" in path, (where, answer)
    assert len(names) == len(set(names))


def test_every_body_has_an_example() -> None:
    document = json.loads(COMMITTED.read_text(encoding="utf-8"))
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for kind, content in operation.get("requestBody", {}).get("content", {}).items():
                if kind == "application/json":
                    assert has_example(document, content["schema"]), f"{method} {path}"


def has_example(document: dict[str, Any], schema: dict[str, Any]) -> bool:
    name = schema.get("$ref", "").rsplit("/", 1)[-1]
    found = document["components"]["schemas"][name] if name else schema
    return "examples" in found or any(
        has_example(document, one) for one in (*found.get("oneOf", ()), *found.get("anyOf", ()))
    )


@pytest.fixture
def schema(api: ModuleType, tmp_path: Path) -> Iterator[Any]:
    """The description, as the application itself gives it, of a world where every id stands for something."""
    api.make_template(tmp_path / "template")
    world = api.open_world(tmp_path / "template", tmp_path / "home")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    found = schemathesis.openapi.from_asgi("/openapi.json", world.app, config=SchemathesisConfig.from_dict(SETTINGS))
    there = {
        "project": api.PROJECT,
        "reel": api.REEL,
        "take": api.TAKE,
        "job": api.DELIVER_JOB,
        "comment": api.COMMENT,
        "upload": api.UPLOAD,
        "cue": api.CUE,
        "person": api.PEOPLE["viewer"],
        "name": "mix.flac",
        "exporter": "json",
        "n": 0,
    }
    fresh = (f"key-{n}" for n in itertools.count())

    @schemathesis.hook
    def before_call(context: Any, case: Any, kwargs: Any) -> None:
        """Ask about things that are there, unless they are to be deleted: the world would be gone at once.

        Each thing that is made gets a key of its own, for the same one again is rightly refused; and a cursor that
        looks like one of ours is left out, for only we can make one.
        """
        if case.operation.method != "delete":
            for name in case.path_parameters:
                case.path_parameters[name] = there.get(name, case.path_parameters[name])
        if re.fullmatch(r"[!-~]{1,200}", str((case.headers or {}).get("Idempotency-Key", ""))):
            case.headers["Idempotency-Key"] = next(fresh)
        if re.fullmatch(r"[\w-]{1,300}", str((case.query or {}).get("cursor", "")), re.ASCII):
            del case.query["cursor"]

    yield found.exclude(operation_id=LEFT_OUT)
    schemathesis.hooks.unregister_all()
    structlog.reset_defaults()
    world.service.database.close()


def faults(event: Any) -> Iterator[str]:
    """What Schemathesis holds against us in an event."""
    if isinstance(event, events.NonFatalError | events.FatalError):
        yield str(getattr(event, "info", event))
    if isinstance(event, events.ScenarioFinished):
        for name, checks in event.recorder.checks.items():
            sent = event.recorder.interactions[name]
            answered = sent.response.status_code if sent.response else None
            for check in checks:
                if check.failure_info is not None:
                    said = f"{sent.request.headers} {sent.request.body}"
                    asked = f"{sent.request.method} {sent.request.uri} {said} -> {answered}"
                    yield f"{event.recorder.label} {check.name}: {check.failure_info.failure}\n  {asked}"


# another thread may draw a random number while Hypothesis chooses; the seed of ours stays what it is
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
def test_schemathesis_finds_nothing(schema: Any) -> None:
    """Examples, the edges of every schema and some random requests, well and ill formed, with a fixed seed."""
    asked, found = 0, list[str]()
    for event in from_schema(schema).execute():
        asked += len(event.recorder.interactions) if isinstance(event, events.ScenarioFinished) else 0
        found += faults(event)
    assert asked > 500
    assert not found, f"{len(found)} of {asked}:\n" + "\n".join(found[:12])
