"""Steps: pieces of work that have a name, are remembered by content, and may be broken off at any moment.

A step is a plain function of its inputs (files, by their SHA-256) and its settings; it fills an empty folder and
returns a few facts. Its key is the hash of all that decides the result, so an artefact found under that key need not be
made again. A :class:`StepRunner` runs steps; a :class:`StepStore` keeps what they make: :class:`FolderStore` for the
command, ``serving.jobs.work`` for a job. ``model/pipeline.py`` lists the steps there are.
"""
