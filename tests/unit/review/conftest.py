"""The fixtures of the documents' tests serve here too."""

from tests.unit.delivery.conftest import *  # noqa: F403
