"""`crm plugin new NAME --family FAMILY`: a small plugin file that works, in the shop's `plugins/` folder."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from crmcore.errors import CrmError, UsageError
from crmcore.hooks.discovery import installed_plugins
from crmcore.hooks.settings import nearest
from crmcore.i18n import gettext as _
from crmcore.i18n import joined

FAMILIES = ("importer", "segment_rule", "category", "advice", "channel")
# The file is the plugin's name, and its facts are named after it.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def new_plugin(folder: Path, name: str, family: str) -> Path:
    """Write a working plugin into the shop `folder`; the path of the file.

    Raises `UsageError` for a name or family that cannot be, `CrmError` when the file or the name is taken.
    """
    if family not in FAMILIES:
        near = nearest(family, FAMILIES)
        hint = (
            _("did you mean {near!r}?").format(near=near)
            if near
            else _("there are: {names}").format(names=joined(FAMILIES))
        )
        raise UsageError(
            _("there is no template for the family {family!r}; {hint}").format(family=family, hint=hint)
        )
    if not _NAME.fullmatch(name):
        raise UsageError(
            _(
                "{name!r} is no name for a plugin: small letters, digits and _, first a letter, at most 40"
            ).format(name=name)
        )
    if any(one.name == name for one in installed_plugins()):
        raise CrmError(_("there is a plugin {name!r} already; choose another name").format(name=name))
    path = folder / "plugins" / f"{name}.py"
    text = filled(family, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise CrmError(_("{path} is there already; choose another name").format(path=path)) from None
    return path


def filled(family: str, name: str) -> str:
    """The template of that family with the plugin's name in it."""
    text = (resources.files("crmcore.hooks") / "templates" / f"{family}.txt").read_text("utf-8")
    words = {"name": name, "slug": name, "class": "".join(part.title() for part in name.split("_"))}
    return re.sub(r"\{\{(\w+)\}\}", lambda found: words[found[1]], text)
