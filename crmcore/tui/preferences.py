"""What one person likes on this computer: the theme. Kept in the user's settings folder, not in the shop."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


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
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        draft.write_text(name, "utf-8")
        draft.replace(file)
    except OSError:
        return


def _file() -> Path:
    return Path(platformdirs.user_config_dir("crmcore")) / "theme"
