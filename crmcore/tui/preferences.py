"""What one person likes on this computer: the theme. Kept in the user's settings folder, not in the shop."""

from __future__ import annotations

from pathlib import Path

import platformdirs

from crmcore.errors import FileError
from crmcore.temporary import draft_of


def theme() -> str | None:
    """The theme chosen last, None where none was."""
    try:
        return _file().read_text("utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def keep_theme(name: str) -> None:
    """Keep the theme; a home that cannot be written to costs the convenience, nothing else."""
    file = _file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with draft_of(file) as draft:
            draft.write_text(name, "utf-8")
    except (OSError, FileError):
        return


def _file() -> Path:
    return Path(platformdirs.user_config_dir("crmcore")) / "theme"
