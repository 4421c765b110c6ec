"""The edge of the program: what went wrong becomes one line on stderr and an exit code.

0 done · 1 the thing asked for failed · 2 usage · 3 finished with something set aside · 130 interrupted ·
70 a bug of ours, whose traceback is kept in the shop's logs.
"""

from __future__ import annotations

import errno
import gettext as system_gettext
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from crmcore import wide
from crmcore.errors import CrmError, system_reason
from crmcore.i18n import LOCALE_FOLDER, set_language
from crmcore.i18n import gettext as _
from crmcore.i18n import language as language_in_force

FAILED = 1
SET_ASIDE = 3
INTERRUPTED = 130
BUG = 70


def run(action: Callable[[], Any], log_folder: Callable[[], Path]) -> int:
    """Run the command line in `action` and return the exit code, having told on stderr what went wrong."""
    try:
        result = action()
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except CrmError as error:
        _tell(_("Error: {message}").format(message=error))
        return error.exit_code
    except (click.Abort, KeyboardInterrupt) as stop:
        # click makes an Abort of Ctrl-C; what we have to say about it (which plugin hung) is in its cause.
        _tell(_("Interrupted."))
        if said := str(stop.__cause__ or stop):
            _tell(said)
        return INTERRUPTED
    except OSError as error:
        if reader_has_gone(error):
            return 0
        return _refused_by_the_system(error, log_folder)
    except Exception as error:  # noqa: BLE001 - the program's edge: people get a line, we get the traceback
        return _own_fault(error, log_folder)
    return result if isinstance(result, int) else 0


def stand_in_for_closed() -> None:
    """Put the null device where a standard stream is closed (`crm … >&-`), or a database takes its place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
        if getattr(sys, name) is None:
            nothing = Path(os.devnull).open("w" if number else "r", encoding="utf-8")  # noqa: SIM115 - for good
            setattr(sys, name, nothing)


def write_utf8() -> None:
    """Write UTF-8 whatever the system's code page is; what cannot be encoded is escaped, never fatal."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Let crmcore, click and the processes we start use this language."""
    domain, before = system_gettext.textdomain(), os.environ.get("LANGUAGE")
    spoken = language_in_force()
    system_gettext.bindtextdomain("crmcore", str(LOCALE_FOLDER))
    system_gettext.textdomain("crmcore")
    speak(language)
    try:
        yield
    finally:
        system_gettext.textdomain(domain)
        set_language(spoken)
        if before is None:
            os.environ.pop("LANGUAGE", None)
        else:
            os.environ["LANGUAGE"] = before


def speak(language: str) -> None:
    """Change the language from here on."""
    os.environ["LANGUAGE"] = language
    set_language(language)


def reader_has_gone(error: OSError) -> bool:
    """Whether the reader of our output closed its end (`crm … | head`): nobody is left to tell."""
    # Windows reports EINVAL for a pipe nobody reads.
    if not isinstance(error, BrokenPipeError) and not (os.name == "nt" and error.errno == errno.EINVAL):
        return False
    _drop_the_rest()
    return True


def _drop_the_rest() -> None:
    """What is still buffered would fail again, loudly, when Python closes the stream."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(message: str) -> None:
    click.echo(wide.clean(message), err=True)


def _refused_by_the_system(error: OSError, log_folder: Callable[[], Path]) -> int:
    """A file that may not be written, a full disk: no bug of ours, though where it came from is kept."""
    full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None))
    if (error.filename is None and not full) or os.environ.get("CRM_DEBUG"):
        return _own_fault(error, log_folder)
    reason = system_reason(error)
    _tell(_("Error: {message}").format(message=f"{error.filename}: {reason}" if error.filename else reason))
    from crmcore.faults import keep_trace

    with suppress(OSError):
        keep_trace(error, log_folder())
    if error.filename is None:
        with suppress(OSError):
            _drop_the_rest()
    return FAILED


def _own_fault(error: BaseException, log_folder: Callable[[], Path]) -> int:
    if os.environ.get("CRM_DEBUG"):
        raise error
    from crmcore.faults import keep_trace, trace_of  # nothing of this is needed when all goes well

    name = type(error).__name__
    try:
        file = keep_trace(error, log_folder())
    except OSError:
        click.echo(trace_of(error), err=True)
        return BUG
    _tell(
        _(
            "Something in crm itself went wrong ({name}); what happened is in {file}. Please report it."
        ).format(name=name, file=file)
    )
    return BUG
