"""``themes``: the musical language of a reel, and each theme played in several moods, ready for the browser."""

from __future__ import annotations

from model.motifs.settings import DeviseSettings
from model.pipeline import DEVISE, WRITE_DEMOS, DemoSettings
from model.scoring.language_files import LANGUAGE, read_language
from serving.jobs.work import JobAttempt, describe_blob
from serving.store.tables import Record


def run(attempt: JobAttempt) -> Record:
    """Devise the language, then play its themes."""
    attempt.plan(DEVISE, WRITE_DEMOS)
    devised = attempt.runner.run(
        DEVISE, attempt.require_inputs("notes", "observations"), devise_settings(attempt.task.params)
    )
    language = devised.files[LANGUAGE]
    demos = attempt.runner.run(WRITE_DEMOS, {"language": language}, DemoSettings(flac=True))
    files = {name: describe_blob(name, file) for name, file in sorted({**devised.files, **demos.files}.items())}
    return {"language": language.sha256, "files": files, "cautions": list(read_language(language.path).cautions)}


def devise_settings(params: Record) -> DeviseSettings:
    """Read what was chosen; what was not is as usual."""
    named = {name: params[name] for name in ("seed", "most_themes") if params.get(name) is not None}
    return DeviseSettings(**named)
