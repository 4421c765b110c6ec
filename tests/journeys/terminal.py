"""`crm` in a real terminal: tmux with a server of its own, keys sent, the screen read back."""

from __future__ import annotations

import os
import select
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


class Control:
    """A line to tmux that stays open (its control mode): a process for each look took longer than what is looked at."""

    def __init__(self, tmux: list[str]) -> None:
        self._process = subprocess.Popen(
            [*tmux, "-u", "-C", "attach"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._read = b""

    def ask(self, *words: str) -> str:
        """What tmux answers to a command."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{shlex.join(words)}\n".encode())
        self._process.stdin.flush()
        begun: list[bytes] | None = None
        answer: list[bytes] = []
        while True:
            line = self._line()
            told = line.split()
            if begun is None:
                # The last figure is 1 where a line on our side is answered, and 0 for what tmux does by itself.
                if told[:1] == [b"%begin"] and told[3:] == [b"1"]:
                    begun = told
            elif told[:1] in ([b"%end"], [b"%error"]) and told[1:] == begun[1:]:
                text = b"\n".join(answer).decode()
                assert told[0] == b"%end", text
                return text
            else:
                answer.append(line)

    def wait_for_output(self) -> None:
        """Wait until the terminal is told something, or a second has passed."""
        assert self._process.stdout is not None
        if b"%output" not in self._read and select.select([self._process.stdout], [], [], 1.0)[0]:
            time.sleep(0.02)  # a screen is drawn in several pieces
            self._read += os.read(self._process.stdout.fileno(), 1 << 20)
        _whole, _end, self._read = self._read.rpartition(b"\n")

    def close(self) -> None:
        """Close the line; the server goes on."""
        self._process.kill()
        self._process.communicate()

    def _line(self) -> bytes:
        assert self._process.stdout is not None
        while b"\n" not in self._read:
            assert select.select([self._process.stdout], [], [], PATIENCE)[0], "tmux does not answer"
            more = os.read(self._process.stdout.fileno(), 1 << 20)
            assert more, "tmux has ended"
            self._read += more
        line, _end, self._read = self._read.partition(b"\n")
        return line


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
        start = ["-f", "/dev/null", "-u", "new-session", "-d", "-x", str(columns), "-y", str(rows), line]
        self._tmux = ["tmux", "-S", str(self._folder / "s")]
        subprocess.run([*self._tmux, *start], check=True)
        self._control = Control(self._tmux)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._control.close()
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, check=False)
        shutil.rmtree(self._folder, ignore_errors=True)

    def screen(self) -> str:
        """What stands on the screen now."""
        return self._control.ask("capture-pane", "-p")

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
        self._control.ask("send-keys", *keys)

    def go(self, key: str) -> None:
        """Press a key that takes the cursor elsewhere, and wait until it is there, as people do."""
        before = self.cursor()
        self.press(key)
        deadline = time.monotonic() + PATIENCE
        while self.cursor() == before:
            assert time.monotonic() < deadline, f"the cursor did not move\n{self.screen()}"
            self._control.wait_for_output()

    def type(self, text: str) -> None:
        """Type a text."""
        self._control.ask("send-keys", "-l", text)

    def cursor(self) -> tuple[int, int]:
        """Where the terminal's own cursor stands: column and row from 0; input methods open there."""
        column, row = self._control.ask("display-message", "-p", "#{cursor_x} #{cursor_y}").split()
        return int(column), int(row)

    def _until(self, holds: object, complaint: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while True:
            screen = self.screen()
            if callable(holds) and holds(screen):
                return screen
            assert time.monotonic() < deadline, f"{complaint}\n{screen}"
            self._control.wait_for_output()


def crm(shop: Path | str | None, *words: str, lang: str, columns: int = 80, rows: int = 24) -> Terminal:
    """`crm` on a shop, in a language, in a window of that size."""
    named = [] if shop is None else ["--shop", str(shop)]
    return Terminal(
        sys.executable, "-m", "crmcore.cli.main", *named, "--lang", lang, *words, columns=columns, rows=rows
    )
