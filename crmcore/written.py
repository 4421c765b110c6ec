"""Small text files that somebody wrote: rules, templates, campaigns, documents of the playbook."""

from __future__ import annotations

from pathlib import Path

from crmcore.errors import FileError, system_reason
from crmcore.i18n import gettext as _


def text_in(path: Path, most: int) -> str:
    """The text of a UTF-8 file of at most `most` bytes; raises `FileError` where it is none."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        reason = system_reason(error)
        raise FileError(_("{path} cannot be read: {reason}").format(path=path, reason=reason)) from None
    if len(data) > most:
        raise FileError(_("{path} is too big: at most {most} bytes").format(path=path, most=f"{most:,}"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileError(_("{path} is not UTF-8 text: save it as UTF-8").format(path=path)) from None
