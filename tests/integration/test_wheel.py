"""The wheel in a fresh environment outside the checkout: ``cuelight doctor`` says what ``cuelight score`` will do.

The environment holds the wheel and what the wheel declares to need, nothing else: the files of those distributions are
linked from the environment of the tests, so nothing is fetched. What is used without being declared is missing here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
ASSET_ERROR = 6
SYNTHESIZER = "tinysoundfont"


class Installed:
    """An environment with the wheel in it, and a folder outside the checkout to work in."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        venv.create(folder / "env", with_pip=False, symlinks=True)
        self.folder = folder
        self.python = folder / "env" / "bin" / "python"
        (self.packages,) = (folder / "env" / "lib").glob("python3*/site-packages")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(self.packages)
        (record,) = self.packages.glob("cuelight-*.dist-info")
        for name in sorted(needed_by(Distribution.at(record))):
            self.link(name)

    def link(self, name: str) -> None:
        """Install a distribution of the tests' environment here."""
        source = distribution(name)
        for file in source.files or ():
            target = self.packages / file
            if ".." not in file.parts and "__pycache__" not in file.parts:
                target.parent.mkdir(parents=True, exist_ok=True)
                hard_link(Path(str(source.locate_file(file))), target)

    def unlink(self, name: str) -> None:
        """Take a distribution out again."""
        for file in distribution(name).files or ():
            (self.packages / file).unlink(missing_ok=True)

    def cuelight(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command, without anything of the tests' environment or the checkout."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "CUELIGHT_CACHE": str(self.folder / "cache"),
            "CUELIGHT_HOME": str(self.folder / "service"),
        }
        command = [str(self.python), "-m", "serving.cli", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300, check=False
        )

    def doctor(self) -> tuple[int, dict[str, dict[str, Any]]]:
        """Return the exit code of the doctor and its checks by name."""
        done = self.cuelight("doctor", "--json")
        return done.returncode, {check["name"]: check for check in json.loads(done.stdout)}


def hard_link(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:  # another file system
        target.write_bytes(source.read_bytes())
        target.chmod(source.stat().st_mode)


def needed_by(wheel: Distribution) -> set[str]:
    """Name every distribution that the wheel needs, and those they need, without extras."""
    found: set[str] = set()
    waiting = [*(wheel.requires or ())]
    while waiting:
        requirement = Requirement(waiting.pop())
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        name = requirement.name.lower().replace("_", "-")
        if name not in found:
            found.add(name)
            extras = requirement.extras or {""}
            waiting += [
                f"{r.name}{r.specifier}"
                for r in map(Requirement, distribution(name).requires or ())
                if r.marker is None or any(r.marker.evaluate({"extra": extra}) for extra in extras)
            ]
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (ROOT / "serving" / "web" / "dist" / "index.html").is_file():
        pytest.skip("the page is not built: `make web`")
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, timeout=300, env={**os.environ, "CUELIGHT_SKIP_WEB": "1"}
    )
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(tmp_path_factory.mktemp("installed"), wheel)


def test_the_code_comes_from_the_wheel(installed: Installed) -> None:
    code = "import model, serving; print(model.__file__, serving.__file__)"
    command = [str(installed.python), "-P", "-c", code]
    shown = subprocess.run(command, cwd=installed.folder, capture_output=True, text=True, check=True, timeout=60)
    assert [path.startswith(str(installed.packages)) for path in shown.stdout.split()] == [True, True]
    assert installed.cuelight("--version").stdout.startswith("cuelight ")


def test_the_doctor_says_what_scoring_will_do(installed: Installed, tiny_film: Path) -> None:
    """As installed, the synthesizer is missing: both say so, in the same words; then both are well."""
    score = ("score", str(tiny_film), "--out", "score")
    code, checks = installed.doctor()
    assert code == ASSET_ERROR
    assert [name for name, check in checks.items() if not check["ok"]] == ["sound"], checks
    assert f"pip install --no-deps {SYNTHESIZER}" in checks["sound"]["hint"]
    done = installed.cuelight(*score)
    assert (done.returncode, checks["sound"]["hint"] in done.stderr) == (ASSET_ERROR, True), done.stderr

    installed.link(SYNTHESIZER)
    code, checks = installed.doctor()
    assert (code, [check for check in checks.values() if not check["ok"]]) == (0, [])
    done = installed.cuelight(*score)
    assert done.returncode == 0, done.stderr
    assert (installed.folder / "score" / "score.json").is_file()
    assert list((installed.folder / "score").glob("*_preview.mp4"))


def test_a_wheel_built_without_its_networks_says_so(installed: Installed, tiny_film: Path) -> None:
    assets = installed.packages / "model" / "runtime" / "assets"
    assets.rename(assets.with_name("elsewhere"))
    try:
        code, checks = installed.doctor()
        assert code == ASSET_ERROR
        assert not any(checks[name]["ok"] for name in ("assets", "networks", "film"))
        assert "Install a wheel" in checks["assets"]["hint"], "there is no make where a wheel was installed"
        done = installed.cuelight("spot", str(tiny_film), "--out", "notes", "--no-cache")
        assert (done.returncode, "Install a wheel" in done.stderr) == (ASSET_ERROR, True), done.stderr
    finally:
        assets.with_name("elsewhere").rename(assets)


def test_a_wheel_without_a_library_it_needs_says_which(installed: Installed) -> None:
    installed.unlink("verovio")
    try:
        code, checks = installed.doctor()
        assert (code, checks["page"]["ok"]) == (ASSET_ERROR, False)
        assert "verovio" in checks["page"]["detail"] + checks["page"]["hint"]
    finally:
        installed.link("verovio")
