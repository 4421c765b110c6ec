"""Toasts that stay until a test has looked at them.

A toast goes after three seconds of the clock on the wall; on a busy machine it would come and go between two looks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from textual import notifications
from textual.app import App
from textual.notifications import Notification
from textual.widgets._toast import Toast


def look(app: App[None]) -> None:
    """What is painted has been seen: its time runs from now on."""
    for widget in app.screen._compositor.visible_widgets:
        if isinstance(widget, Toast) and not _seen(widget._notification):
            widget._notification.raised_at = notifications.time()
            widget._notification.seen = True  # type: ignore[attr-defined]


@contextmanager
def that_stay() -> Iterator[None]:
    """While the block runs, the time of a toast begins when it is looked at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Notification, "time_left", property(_time_left))
        patch.setattr(Toast, "_expire", _expire)
        yield


def _seen(one: Notification) -> bool:
    return getattr(one, "seen", False)


def _time_left(one: Notification) -> float:
    return one.raised_at + one.timeout - notifications.time() if _seen(one) else one.timeout


_goes = Toast._expire


def _expire(toast: Toast) -> None:
    if (left := toast._notification.time_left) > 0:
        toast.set_timer(left, toast._expire)
    else:
        _goes(toast)
