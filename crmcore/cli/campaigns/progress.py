"""Progress of sending, and its end by Ctrl-C: after the message it is at, not in the middle of it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from crmcore.cli.output import Progress
from crmcore.i18n import gettext as _


@contextmanager
def sending() -> Iterator[tuple[Callable[[], bool], Callable[[int, int], None]]]:
    """`stop` and `told` for a run; the first Ctrl-C stops it softly, the second ends the program."""
    stopped = False

    def asked(_number: int, _frame: Any) -> None:
        nonlocal stopped
        if stopped:
            raise KeyboardInterrupt
        stopped = True

    try:
        before = signal.signal(signal.SIGINT, asked)
    except ValueError:  # not the main thread: whoever runs it there stops it another way
        before = None
    try:
        with Progress() as progress:
            yield (lambda: stopped), lambda done, total: progress(done, total, _("sending"))
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)
