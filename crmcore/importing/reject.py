"""A row that was set aside. It stands alone: looking at earlier imports must not load what reads files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Reject:
    """A row that was not imported: where it stands, why, and its own cells by the file's column names."""

    file: Path
    sheet: str | None
    line: int
    reason: str
    row: dict[str, str]
