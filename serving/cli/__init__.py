"""The command ``cuelight``: one file a group of commands, started in :mod:`serving.cli.app`.

Whatever is heavy (numpy, PyAV, the web framework) is imported inside the command that needs it, so that help, usage
errors and completion answer at once.
"""

from serving.cli.app import main

__all__ = ["main"]
