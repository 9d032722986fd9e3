"""The pages for whoever runs the service and whoever builds on it say what is."""

from __future__ import annotations

import re
from pathlib import Path

from model import errors
from serving import problems
from serving.api.gate import MOST_BODY
from serving.api.outbound import TOTAL_S
from serving.api.routes.events import MOST_OF_A_KEY, MOST_OF_A_LINK
from serving.api.webhook_sender import MOST_FAILURES
from serving.settings import Settings

DOCS = Path(__file__).parents[4] / "docs"
ROW = re.compile(r"^\| `([\w-]+)` \| (\S+)", re.MULTILINE)

READ_BY_THE_MODEL = {"CUELIGHT_SANDBOX", "CUELIGHT_SANDBOX_USER"}  # by the command, the service and its workers alike


def test_every_setting_is_in_the_table_with_its_default() -> None:
    text = (DOCS / "service.md").read_text(encoding="utf-8")
    told = {name: default for name, default in ROW.findall(text) if name.startswith("CUELIGHT_")}
    assert set(told) == {f"CUELIGHT_{name.upper()}" for name in Settings.model_fields} | READ_BY_THE_MODEL
    for name, field in Settings.model_fields.items():
        said = told[f"CUELIGHT_{name.upper()}"]
        if name == "home" or field.default == "" or name == "oidc_secret":
            assert not said.startswith("`"), name
        else:
            shown = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
            assert said == f"`{shown}`", name


def test_every_problem_of_the_service_is_in_the_table_with_its_status() -> None:
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    told = {code: int(status) for code, status in ROW.findall(text) if status.isdecimal()}
    ours = [errors.ServiceError, *errors.ServiceError.__subclasses__(), errors.DiskFull]
    wanted = {kind.code: problems.status_of(kind) for kind in ours}
    wanted |= {code: status for status, (code, _) in problems.HTTP_CODES.items()} | {"internal": 500}
    assert told == wanted


def test_the_limits_are_the_ones_that_hold() -> None:
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    assert "JSON bodies up to 1 MiB" in text
    assert MOST_BODY == 2**20
    assert f"{Settings.model_fields['requests_per_minute'].default:,} requests a minute" in text
    assert "within fifteen seconds" in text
    assert TOTAL_S == 15
    assert "After sixteen failures" in text
    assert MOST_FAILURES == 16
    assert (
        " ".join(text.split()).count(f"{MOST_OF_A_KEY} streams of events for each key or session, {MOST_OF_A_LINK}")
        == 1
    )


def test_every_page_it_points_to_is_there() -> None:
    for page in ("api.md", "service.md"):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", (DOCS / page).read_text(encoding="utf-8")):
            assert (DOCS / target).exists(), target
