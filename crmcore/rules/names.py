"""The names of segments."""

from __future__ import annotations

import re

from crmcore.errors import RuleError
from crmcore.i18n import gettext as _

_SLUG = re.compile(r"^[a-z][a-z0-9_]{0,63}\Z")


def check_slug(name: object) -> str:
    """The name of a segment when it is one: small letters, digits and _; raises `RuleError`."""
    if isinstance(name, str) and _SLUG.match(name):
        return name
    raise RuleError(
        _("{name} cannot be a segment's name: use small letters, digits and _, such as lapsed_big").format(
            name=repr(name)
        )
    )
