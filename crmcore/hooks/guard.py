"""The one place that calls plugin code, and turns whatever it does into a `PluginFailure`.

Data of customers may stand in an exception's message ("invalid literal: '138…'"). Where plugin code was given
such data, `private` keeps the message out: the reason is the exception's type and the place in the plugin.
"""

from __future__ import annotations

import importlib
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import pluggy

import crmcore
from crmcore.errors import CrmError, PluginFailure
from crmcore.i18n import gettext as _

P = ParamSpec("P")
T = TypeVar("T")

_LONGEST = 300
# Frames from here are the core's way to the plugin, not the plugin.
_OUR_FOLDERS = tuple(
    str(Path(file or "?").resolve().parent) + os.sep
    for file in (crmcore.__file__, pluggy.__file__, importlib.__file__)
)


def guarded(plugin: str, what: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call plugin code; raises `PluginFailure` for anything it raises, `sys.exit()` included.

    Only `KeyboardInterrupt` passes: that is the person at the keyboard, not the plugin.
    """
    try:
        return function(*args, **kwargs)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the seam between plugins and the shop
        raise failure_of(plugin, what, error) from None


def guarded_private(plugin: str, what: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Like `guarded`, for code that is given customers' data: messages are left out of reason and detail."""
    try:
        return function(*args, **kwargs)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the seam between plugins and the shop
        raise failure_of(plugin, what, error, private=True) from None


def failure_of(plugin: str, what: str, error: BaseException, *, private: bool = False) -> PluginFailure:
    """The failure that an exception out of plugin code amounts to."""
    if isinstance(error, PluginFailure):
        return error
    return PluginFailure(plugin, what, reason_of(error, private=private), detail_of(error, private=private))


def reason_of(error: BaseException, *, private: bool = False) -> str:
    """One line for staff. A `CrmError` is a sentence the plugin's author wrote for them, and is kept."""
    name = type(error).__name__
    if isinstance(error, SyntaxError):
        return one_line(f"{name}: {error.msg} ({_file_name(error.filename)}, line {error.lineno})")
    if isinstance(error, SystemExit):
        return _("it tried to end the program (sys.exit)")
    if isinstance(error, CrmError):
        return one_line(str(error))
    if isinstance(error, RecursionError):
        return _("it called itself without end (RecursionError)")
    place = _place_of(error)
    if private:
        return f"{name} ({place})" if place else name
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - an exception whose own __str__ raises is plugin code too
        message = ""
    text = f"{name}: {message}" if message else name
    return one_line(f"{text} ({place})" if place else text)


def detail_of(error: BaseException, *, private: bool = False) -> str:
    """The traceback for the log."""
    if private and not isinstance(error, CrmError):
        frames = "".join(traceback.format_tb(error.__traceback__))
        return (
            f"Traceback (most recent call last):\n{frames}{type(error).__name__} (its message is left out)\n"
        )
    try:
        return "".join(traceback.format_exception(error, chain=not private))
    except Exception:  # noqa: BLE001 - an exception whose own __str__ raises is plugin code too
        return type(error).__name__


def one_line(text: str) -> str:
    """The text on one line, cut where it is too long to read."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _place_of(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if not _is_ours(frame.filename)]
    if not ours:
        return ""
    # The last frame of the plugin's own file, not the library that it called.
    own = [frame for frame in ours if frame.filename == ours[0].filename] or ours
    return f"{_file_name(own[-1].filename)}, line {own[-1].lineno}"


def _is_ours(filename: str) -> bool:
    return filename.startswith(("<frozen", *_OUR_FOLDERS))


def _file_name(path: str | None) -> str:
    return (path or "?").replace("\\", "/").rpartition("/")[2]
