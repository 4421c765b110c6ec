"""One worker process as the shop holds it: started, spoken to, and killed when it is silent for too long."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from crmcore.children import drain, environment
from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.frames import Hello, NotPlain, Reply, receive, send
from crmcore.i18n import language
from crmcore.secrets import without

_COMMAND = [sys.executable, "-P", "-u", "-X", "utf8", "-m", "crmcore.hooks.worker_main"]
_KEPT_OUTPUT = 64  # blocks of at most 4 KB: the last words of a plugin that prints without end


class Lost(Exception):  # noqa: N818 - a state of the process; `worker` makes a failure of the plugin of it
    """The process is gone. `silent`: it was killed because it said nothing for too long."""

    def __init__(self, *, silent: bool, code: int | None) -> None:
        super().__init__(code)
        self.silent = silent
        self.code = code


class Child:
    """A worker process and its pipes. Not safe for several threads at once; `Worker` gives each its own."""

    def __init__(self, config: PluginConfig, load_seconds: float) -> None:
        self._silent = False
        self.stopped = False  # somebody asked for it
        self._output: deque[bytes] = deque(maxlen=_KEPT_OUTPUT)
        self._process = subprocess.Popen(
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=without(environment()),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._watchdog = _Watchdog(self)
        self._end = weakref.finalize(self, _end, self._process, self._watchdog)
        self._drain = threading.Thread(
            target=drain, args=(_pipe(self._process.stderr), self._output), name="plugin-output", daemon=True
        )
        self._drain.start()
        self.say(Hello(config, tuple(sys.path), language(), load_seconds), load_seconds)

    def say(self, message: object, seconds: float) -> None:
        """Send a message; raises `Lost` when the process does not take it within `seconds`."""
        with self._watchdog.watching(seconds):
            try:
                send(_pipe(self._process.stdin), message)
            except OSError:
                raise self._lost() from None

    def hear(self, seconds: float) -> Reply:
        """The next reply; raises `Lost` when none comes in `seconds`, `NotPlain` for a forbidden object."""
        with self._watchdog.watching(seconds):
            try:
                reply = receive(_pipe(self._process.stdout))
            except NotPlain:
                raise
            except Exception:  # noqa: BLE001 - bytes that a plugin may have forged: whatever they are, it is lost
                raise self._lost() from None
        if not isinstance(reply, Reply):
            raise self._lost()
        return reply

    @property
    def usable(self) -> bool:
        """Whether it can take another request."""
        return not self._silent and self._process.poll() is None

    def printed(self) -> str:
        """The last of what the plugin printed, complete once the process has ended."""
        if not self.usable:
            self._drain.join(1.0)  # not for ever: a program that the plugin started may hold the pipe open
        return b"".join(self._output).decode("utf-8", "replace")

    def end(self) -> None:
        """Kill the process, whatever it is doing; it is safe to call this twice."""
        self._end()

    def stop(self) -> None:
        """Kill the process because somebody does not want its answer any more; from any thread."""
        self.stopped = True
        with contextlib.suppress(OSError):
            self._process.kill()

    def kill_silent(self) -> None:
        """Called by the watch when time is up."""
        self._silent = True
        with contextlib.suppress(OSError):
            self._process.kill()

    def _lost(self) -> Lost:
        silent = self._silent
        self.end()
        return Lost(silent=silent, code=self._process.returncode)


class _Watchdog:
    """Kills the process when what it is asked for takes too long.

    Killing it makes the blocked read or write return: the one way that works on every system. One thread
    looks after one process: a thread for each message took longer than the message.
    """

    def __init__(self, child: Child) -> None:
        self._child = weakref.ref(child)
        self._changed = threading.Condition()
        self._deadline: float | None = None
        self._wakes_at: float | None = None
        self._over = False
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def watching(self, seconds: float) -> Iterator[None]:
        """Kill the process when the block takes longer than `seconds`."""
        with self._changed:
            self._deadline = time.monotonic() + seconds
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
                self._thread.start()
            elif self._wakes_at is None or self._deadline < self._wakes_at:
                self._changed.notify()  # else it wakes before that anyway, and looks again
        try:
            yield
        finally:
            with self._changed:
                self._deadline = None

    def end(self) -> None:
        """There is nothing to look after any more."""
        with self._changed:
            self._over = True
            self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while not self._over:
                now = time.monotonic()
                if self._deadline is not None and self._deadline <= now:
                    self._deadline = None
                    if (child := self._child()) is not None:
                        child.kill_silent()
                    continue
                self._wakes_at = self._deadline
                self._changed.wait(None if self._deadline is None else self._deadline - now)


def _end(process: subprocess.Popen[bytes], watchdog: _Watchdog) -> None:
    watchdog.end()
    with contextlib.suppress(OSError):
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        # What is still to be written to a dead process is no news.
        with contextlib.suppress(OSError):
            _pipe(pipe).close()


def _pipe(pipe: Any) -> BinaryIO:
    assert pipe is not None  # Popen was asked for all three
    return cast(BinaryIO, pipe)
