"""`crm` in a real terminal: tmux with a server of its own, keys sent, the screen read back."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

PATIENCE = 120.0

needs_tmux = pytest.mark.skipif(
    shutil.which("tmux") is None, reason="NOT SHOWN HERE: the journeys need tmux (apt install tmux)"
)


class Terminal:
    """One terminal window running a command; closed with everything in it at the end of the block."""

    def __init__(self, *words: str, columns: int = 80, rows: int = 24, **environ: str) -> None:
        # A socket's path must be short, pytest's folders are not.
        self._folder = Path(tempfile.mkdtemp(prefix="crm-tmux-"))
        home = self._folder / "home"
        home.mkdir()
        settings = {
            "HOME": str(home),
            "TERM": "xterm-256color",
            "LC_ALL": "C.UTF-8",
            "TEXTUAL_ANIMATIONS": "none",
            "PATH": os.environ["PATH"],
            **environ,
        }
        set_them = " ".join(f"{key}={shlex.quote(value)}" for key, value in settings.items())
        line = f"env -i {set_them} {shlex.join(words)}; echo LEFT $?; sleep 600"
        self._tmux("-f", "/dev/null", "-u", "new-session", "-d", "-x", str(columns), "-y", str(rows), line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tmux("kill-server", check=False)
        shutil.rmtree(self._folder, ignore_errors=True)

    def screen(self) -> str:
        """What stands on the screen now."""
        return self._tmux("capture-pane", "-p")

    def see(self, *texts: str) -> str:
        """Wait until all of these stand on the screen; returns the screen."""
        return self._until(lambda screen: all(text in screen for text in texts), f"never seen: {texts}")

    def see_no_more(self, text: str) -> str:
        """Wait until the text is gone."""
        return self._until(lambda screen: text not in screen, f"still there: {text}")

    def see_chosen(self, text: str) -> str:
        """Wait until the row under the cursor, which begins with `>`, holds the text."""

        def holds(screen: str) -> bool:
            return any(line.startswith(">") and text in line for line in screen.splitlines())

        return self._until(holds, f"never chosen: {text}")

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names (Enter, F2, C-p, Escape, a)."""
        self._tmux("send-keys", *keys)

    def go(self, key: str) -> None:
        """Press a key that takes the cursor elsewhere, and wait until it is there, as people do."""
        before = self.cursor()
        self.press(key)
        deadline = time.monotonic() + PATIENCE
        while self.cursor() == before:
            assert time.monotonic() < deadline, f"the cursor did not move\n{self.screen()}"
            time.sleep(0.03)

    def type(self, text: str) -> None:
        """Type a text."""
        self._tmux("send-keys", "-l", text)

    def cursor(self) -> tuple[int, int]:
        """Where the terminal's own cursor stands: column and row from 0; input methods open there."""
        column, row = self._tmux("display-message", "-p", "#{cursor_x} #{cursor_y}").split()
        return int(column), int(row)

    def _until(self, holds: object, complaint: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while True:
            screen = self.screen()
            if callable(holds) and holds(screen):
                return screen
            assert time.monotonic() < deadline, f"{complaint}\n{screen}"
            time.sleep(0.03)

    def _tmux(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._folder / "s"), *words], capture_output=True, check=False, text=True
        )
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout


def crm(shop: Path | str | None, *words: str, lang: str, columns: int = 80, rows: int = 24) -> Terminal:
    """`crm` on a shop, in a language, in a window of that size."""
    named = [] if shop is None else ["--shop", str(shop)]
    return Terminal(
        sys.executable, "-m", "crmcore.cli.main", *named, "--lang", lang, *words, columns=columns, rows=rows
    )
