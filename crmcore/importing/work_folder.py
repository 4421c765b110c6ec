"""The folder of temporary files that an import works in: it goes with the import, or with the next one.

What is killed leaves its folder behind, with a copy of people's data in it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crmcore.errors import FileError
from crmcore.i18n import gettext as _
from crmcore.importing.history import is_alive, this_process

_PREFIX = "crm-import-"
_OWNER = "owner"
# A folder that does not say whose it is has just been made, or was made by an older version of this program.
_FORGOTTEN = 2 * 86_400


@contextmanager
def work_folder() -> Iterator[Path]:
    """A folder for this import alone; raises `FileError` when there is no room for it."""
    remove_left_behind(Path(tempfile.gettempdir()))
    try:
        holder = tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True)
        (Path(holder.name) / _OWNER).write_text(this_process(), "utf-8")
    except OSError as error:
        raise FileError(
            _("there is no room for temporary files: {reason}").format(reason=error.strerror)
        ) from error
    with holder as folder:
        yield Path(folder)


def remove_left_behind(place: Path) -> None:
    """Remove the folders of imports in `place` whose process is gone: ours only, and as far as we may."""
    for folder in place.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if not folder.is_symlink() and folder.is_dir() and _is_ours(folder) and _is_left(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_ours(folder: Path) -> bool:
    return not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()


def _is_left(folder: Path) -> bool:
    try:
        owner = (folder / _OWNER).read_text("utf-8")
    except FileNotFoundError:
        owner = ""
    if owner.count(":") != 2:
        return time.time() - folder.stat().st_mtime > _FORGOTTEN
    return not is_alive(owner, int(time.time()))
