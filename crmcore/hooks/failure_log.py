"""The shop's `logs/plugins.log`: one entry a failure, with its traceback, rotated at a megabyte."""

from __future__ import annotations

import logging
from pathlib import Path

from crmcore.errors import PluginFailure

FILE_NAME = "plugins.log"
_LARGEST = 1_000_000
_KEPT = 3


def write_failure(folder: Path | None, failure: PluginFailure) -> None:
    """Add the failure to `plugins.log` in that folder; without one, or where that fails, nothing happens.

    The file is opened for this entry alone: failures are rare, and several processes share the shop.
    """
    if folder is None:
        return
    from logging.handlers import RotatingFileHandler

    class Handler(RotatingFileHandler):
        def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
            """Say nothing: a full disk must not turn one plugin's failure into everybody's."""

    text = f"plugin {failure.plugin} failed in {failure.what}: {failure.reason}\n{failure.detail}".rstrip()
    record = logging.LogRecord("crmcore.plugins", logging.WARNING, "", 0, text, None, None)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = Handler(folder / FILE_NAME, maxBytes=_LARGEST, backupCount=_KEPT, encoding="utf-8")
    except OSError:
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    handler.emit(record)
    handler.close()
