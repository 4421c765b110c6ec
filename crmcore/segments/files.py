"""Reading a rule from a file that somebody wrote."""

from __future__ import annotations

from pathlib import Path

from crmcore.errors import RuleError
from crmcore.i18n import gettext as _
from crmcore.rules.yaml import LONGEST, RuleDocument, load_rule
from crmcore.written import text_in


def load_file(path: Path) -> RuleDocument:
    """The rule in a YAML file. Raises `FileError` when it cannot be read, `RuleError` when it is no rule."""
    text = text_in(path, 4 * LONGEST)
    try:
        return load_rule(text)
    except RuleError as error:
        raise RuleError(_("{path}: {reason}").format(path=path, reason=error)) from None
