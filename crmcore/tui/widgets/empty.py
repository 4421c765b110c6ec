"""What stands where there is nothing: why, and what to do next."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static


class Empty(Static):
    """A sentence that says why nothing is here, and one that says what to do next."""

    DEFAULT_CSS = "Empty { width: 1fr; height: auto; padding: 1 2; color: $text-muted; }"

    def __init__(self, why: str, next_step: str = "", **more: object) -> None:
        super().__init__(Text(f"{why}\n{next_step}" if next_step else why), **more)  # type: ignore[arg-type]
