"""The application behind ``cuelight``: its commands, and how it ends.

Progress goes to stderr and only to a terminal; results go to stdout.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from typer.exceptions import TyperException

from model.errors import Cancelled, CuelightError
from model.runtime.process import interrupt_on_sigterm
from serving.cli import doctor, run, score, serve, service, spot, terminal

app = typer.Typer(
    name="cuelight",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

for command in (
    run.run,
    spot.spot,
    score.score,
    score.motifs,
    serve.serve,
    spot.observe,
    spot.cuts,
    score.fit,
    doctor.doctor,
    doctor.assets,
):
    app.command()(command)
app.add_typer(service.app)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"cuelight {version('cuelight')}")
        raise typer.Exit


@app.callback()
def set_up(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Cuelight watches a rough cut, proposes spotting notes with reasons, and writes a temp score to picture."""


def main() -> None:
    """Run the command; every error raised on purpose becomes one sentence and its exit code."""
    try:
        with interrupt_on_sigterm():
            # not standalone: typer would turn Ctrl-C into its own words and code
            code = typer.main.get_command(app).main(standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        terminal.print_error(Cancelled())
        sys.exit(terminal.EXIT_CODES[Cancelled])
    except TyperException as error:
        terminal.print_usage(error.format_message())
        sys.exit(error.exit_code)
    except CuelightError as error:
        terminal.print_error(error)
        sys.exit(terminal.exit_code(error))
    if code == terminal.EXIT_CODES[Cancelled]:  # typer catches Ctrl-C itself, and keeps silent about it
        terminal.print_error(Cancelled())
    sys.exit(code if isinstance(code, int) else 0)
