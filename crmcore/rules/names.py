"""The names of segments, campaigns, templates, days of the calendar: of what the shop writes down itself."""

from __future__ import annotations

import re

from crmcore.errors import NameRefusedError
from crmcore.i18n import gettext as _

_SLUG = re.compile(r"^[a-z][a-z0-9_]{0,63}\Z")


def is_slug(name: str) -> bool:
    """Whether it may be the name of a segment, and of whatever rules call by its name."""
    return _SLUG.match(name) is not None


def check_slug(name: object) -> str:
    """The name when it is one: small letters, digits and _; raises `NameRefusedError`."""
    if isinstance(name, str) and is_slug(name):
        return name
    text = _(
        "{name} cannot be a name here: begin with a small letter, go on with small letters, digits and _"
    )
    raise NameRefusedError(text.format(name=repr(name)))
