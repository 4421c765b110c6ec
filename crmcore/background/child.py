"""The process that does one piece of long work: `python -m crmcore.background.child`.

What it says goes through a pipe of its own; whatever else is printed goes to stderr.
"""

from __future__ import annotations

import _thread
import json
import os
import signal
import sys
import threading
import time
from typing import Any, BinaryIO

import psutil

from crmcore import config
from crmcore.background.works import WORKS, Request
from crmcore.errors import CrmError
from crmcore.faults import keep_trace
from crmcore.i18n import set_language

_OFTEN = 0.1  # progress is told at most this often, in seconds
_NICE = 5


class Teller:
    """Says how the work goes; implements `works.Tell`."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._last: tuple[float, str] = (0.0, "")

    def say(self, **told: Any) -> None:
        """One line."""
        self._out.write(json.dumps(told).encode() + b"\n")
        self._out.flush()

    def progress(self, done: int, total: int, what: str) -> None:
        """How far it is; not more often than anybody can see."""
        now = time.monotonic()
        at, before = self._last
        if what != before or now - at > _OFTEN or (total and done >= total):
            self._last = (now, what)
            self.say(progress=[done, total, what])

    def news(self, name: str, value: Any) -> None:
        """Something found out on the way."""
        self.say(news=[name, value])


def main() -> None:
    """Do what the first line asks for."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    teller = Teller(_own_output())
    asked = json.loads(_first_line())
    set_language(asked["language"])
    os.environ["LANGUAGE"] = asked["language"]  # processes that we start speak it, too
    _give_way()
    request = Request(asked["shop"], asked["actor"], asked["arguments"])
    work = WORKS[asked["work"]]
    over = threading.Event()
    try:
        threading.Thread(target=_stop_when_told, args=(over,), name="stop", daemon=True).start()
        result = work(request, teller)
        over.set()
        teller.say(result=result)
    except KeyboardInterrupt:
        teller.say(stopped=True)
    except CrmError as error:
        over.set()
        teller.say(error=str(error), kind=type(error).__name__)
    except Exception as error:  # noqa: BLE001 - the process's edge: people get a line, the log the traceback
        _tell_fault(teller, error, asked["shop"])


def _tell_fault(teller: Teller, error: BaseException, shop: str | None) -> None:
    try:
        place = config.locate(shop) if shop else None
    except CrmError:
        place = None
    file = keep_trace(error, config.log_folder(place))
    teller.say(fault=type(error).__name__, file=str(file))


def _own_output() -> BinaryIO:
    """A pipe that nobody else writes to: what plugins and libraries print goes to stderr from now on."""
    own = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return own


def _first_line() -> bytes:
    """The request; read without a buffer, for the listener reads on from there."""
    line = b""
    while not line.endswith(b"\n"):
        block = os.read(0, 65536)
        if not block:
            sys.exit(0)  # nobody is there any more
        line += block
    return line


def _stop_when_told(over: threading.Event) -> None:
    """Interrupt the work when we are told to, or when nobody is there any more."""
    os.read(0, 64)
    if over.is_set():
        return
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()


def _give_way() -> None:
    """Let whoever sits at the keyboard go first."""
    try:
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if os.name == "nt" else _NICE)
    except (psutil.Error, OSError):
        return


if __name__ == "__main__":
    main()
