"""One piece of long work in a process of its own, as the UI holds it: started, heard, stopped.

The process reads one JSON line (what to do, where, for whom, in which language) and answers with JSON lines:
`progress`, `news`, at the end `result`, `error` or `fault`. Whatever comes after the first line, or the end
of its input, asks it to stop; so it also stops when we are gone.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import weakref
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crmcore import errors
from crmcore.children import drain, environment
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.i18n import language

_COMMAND = [sys.executable, "-P", "-u", "-X", "utf8", "-m", "crmcore.background.child"]
# How long work may take to stop by itself before its process is killed, in seconds.
GRACE = 10.0
_KEPT_OUTPUT = 16  # blocks of at most 4 KB
_LONGEST = 300  # characters of a dead process's last words


@dataclass(frozen=True)
class Progress:
    """How far it is: done of total (0: not known), and what is being done, in words."""

    done: int
    total: int
    what: str


@dataclass(frozen=True)
class News:
    """Something the work has found out on its way: plain JSON under a name."""

    name: str
    value: Any


@dataclass(frozen=True)
class Result:
    """The end of it: plain JSON."""

    value: Any


class Stopped(CrmError):  # noqa: N818 - not a failure: somebody asked for it
    """The work was stopped because somebody asked for that."""


class Fault(CrmError):  # noqa: N818 - the edge's word: our own mistake
    """Something in crm itself went wrong in that process; the message says where the traceback is."""


Event = Progress | News | Result


class Process:
    """A process that does one piece of work. `events()` must be read to the end, in a thread of its own."""

    def __init__(
        self, work: str, arguments: Mapping[str, Any], *, shop: str | None = None, actor: str | None = None
    ) -> None:
        self._asked_to_stop = False
        self._killer: threading.Timer | None = None
        self._last_words: deque[bytes] = deque(maxlen=_KEPT_OUTPUT)
        self._process = subprocess.Popen(
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            # A closed terminal ends us first; the work then stops politely because its input ends.
            start_new_session=True,
        )
        self._end = weakref.finalize(self, _end, self._process)
        errors_of_it = self._process.stderr
        self._drain = threading.Thread(
            target=drain, args=(errors_of_it, self._last_words), name="background-output", daemon=True
        )
        self._drain.start()
        asked = {
            "work": work,
            "arguments": dict(arguments),
            "shop": shop,
            "actor": actor,
            "language": language(),
        }
        self._write(json.dumps(asked).encode() + b"\n")

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._asked_to_stop

    def events(self) -> Iterator[Event]:
        """What the work tells, the `Result` last.

        Raises `Stopped` after `stop`, the `CrmError` that the work ended with, `Fault` for a mistake of ours,
        and `CrmError` when the process died.
        """
        out = self._process.stdout
        assert out is not None  # Popen was asked for it
        try:
            for line in out:
                event = _event(json.loads(line))
                yield event
                if isinstance(event, Result):
                    return
            raise self._died()
        finally:
            self.end()

    def stop(self) -> None:
        """Ask it to stop; it is killed when it has not ended in `GRACE` seconds. Returns at once."""
        if self._asked_to_stop:
            return
        self._asked_to_stop = True
        self._write(b"stop\n")
        self._killer = threading.Timer(GRACE, self._kill)
        self._killer.daemon = True
        self._killer.start()

    def end(self) -> None:
        """Wait for its end; one that does not end by itself is killed. It is safe to call this twice."""
        if self._killer is not None:
            self._killer.cancel()
        self._end()

    def _write(self, some: bytes) -> None:
        # ValueError: it has ended meanwhile, and its input is closed.
        with contextlib.suppress(OSError, ValueError):  # it is dead: `events` tells
            assert self._process.stdin is not None
            self._process.stdin.write(some)
            self._process.stdin.flush()

    def _kill(self) -> None:
        with contextlib.suppress(OSError):
            self._process.kill()

    def _died(self) -> CrmError:
        code = self._process.wait()
        if self._asked_to_stop:
            return Stopped(_("stopped"))
        self._drain.join(1.0)
        words = b"".join(self._last_words).decode("utf-8", "replace").strip().rpartition("\n")[2]
        text = _("the process that did this ended before it was done (code {code}) {words}")
        return CrmError(text.format(code=code, words=words[:_LONGEST]).strip())


def _event(told: dict[str, Any]) -> Event:
    """What one line says; raises what it tells of."""
    if "progress" in told:
        return Progress(*told["progress"])
    if "news" in told:
        return News(*told["news"])
    if "result" in told:
        return Result(told["result"])
    if "stopped" in told:
        raise Stopped(_("stopped"))
    if "fault" in told:
        text = _("Something in crm itself went wrong ({name}); what happened is in {file}.")
        raise Fault(text.format(name=told["fault"], file=told["file"]))
    kind = getattr(errors, told["kind"], CrmError)
    # A `PluginFailure` is made of other things than its message.
    raise (CrmError if kind is errors.PluginFailure else kind)(told["error"])


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
