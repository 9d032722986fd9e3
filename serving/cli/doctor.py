"""The commands that check this machine: ``cuelight doctor | assets``."""

from __future__ import annotations

from dataclasses import asdict

import typer

from model.errors import AssetError
from serving.cli import terminal
from serving.cli.options import AsJson


def doctor(as_json: AsJson = False) -> None:
    """Check this machine: what works, what does not, and what to do about it."""
    from serving.checks import check_all

    checks = check_all()
    if as_json:
        terminal.print_json([asdict(check) for check in checks])
    else:
        terminal.print_checks(checks)
    if any(not check.ok for check in checks):
        raise typer.Exit(terminal.EXIT_CODES[AssetError])


def assets(as_json: AsJson = False) -> None:
    """List the networks and files Cuelight runs on, with licences and checksums verified."""
    from model.runtime.assets import inventory

    rows = inventory()
    if as_json:
        terminal.print_json([{"name": n, "licence": lic, "state": state} for n, lic, state in rows])
    else:
        terminal.print_assets(rows)
    if any(state != "ok" for _, _, state in rows):
        raise typer.Exit(terminal.EXIT_CODES[AssetError])
