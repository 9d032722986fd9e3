"""A server without its API: a dispatcher with real workers, to be killed. Arguments: home, lease in seconds."""

import sys
import time
from pathlib import Path

from serving.jobs.dispatcher import Dispatcher
from serving.jobs.processes import ProcessExecutor
from serving.settings import Settings
from serving.store.artefacts import Artefacts
from serving.store.database import Database

settings = Settings(home=Path(sys.argv[1]), lease_s=float(sys.argv[2]))
child = (str(Path(__file__).with_name("worker_child.py")),)
dispatcher = Dispatcher(
    settings,
    Database(settings.database),
    Artefacts(settings.artefacts),
    lambda owner: ProcessExecutor(settings.artefacts, settings.scratch / owner, command=child),
)
dispatcher.start()
while True:
    time.sleep(1)
