"""A real worker whose jobs do what ``acts`` says; started by the tests in place of ``-m serving.jobs.worker``."""

import sys

from serving.jobs import attempt
from serving.jobs.worker import main
from serving.store.tables import JobKind

attempt._KINDS = dict.fromkeys(JobKind, "acts")
main(sys.argv[1:])
