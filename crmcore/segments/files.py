"""Reading a rule from a file that somebody wrote."""

from __future__ import annotations

from pathlib import Path

from crmcore.errors import FileError, RuleError
from crmcore.i18n import gettext as _
from crmcore.rules.yaml import LONGEST, RuleDocument, load_rule


def load_file(path: Path) -> RuleDocument:
    """The rule in a YAML file. Raises `FileError` when it cannot be read, `RuleError` when it is no rule."""
    try:
        if path.stat().st_size > 4 * LONGEST:
            raise FileError(_("{path} is too big for a rule").format(path=path))
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise FileError(
            _("{path} cannot be read: {reason}").format(path=path, reason=error.strerror or error)
        ) from None
    except UnicodeDecodeError:
        raise FileError(_("{path} is not UTF-8 text: save it as UTF-8").format(path=path)) from None
    try:
        return load_rule(text)
    except RuleError as error:
        raise RuleError(_("{path}: {reason}").format(path=path, reason=error)) from None
