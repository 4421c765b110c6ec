"""Documents of the shop's own, written as files: checked as a pack's are, kept over what packs say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.packs.families import SHAPES
from crmcore.packs.faults import Faults
from crmcore.packs.limits import LARGEST_FILE
from crmcore.packs.parsing import parse
from crmcore.playbook.playbook import Entry, Playbook, family_named
from crmcore.written import text_in

# What the shop's plugins and facts have a say in.
_ELSEWHERE = {"segments": "crm segment save", "settings": "crm plugin settings"}


def save_file(playbook: Playbook, family: str, name: str, path: Path) -> Entry:
    """Keep the document in a YAML file under that name. Raises `FileError`, `PackError`, `UsageError`."""
    family_named(family)
    if family in _ELSEWHERE:
        text = _("{family} are kept with `{command}`, which checks them against this shop")
        raise UsageError(text.format(family=family, command=_ELSEWHERE[family]))
    body = _checked(family, name, path)
    return playbook.save(family, name, body)


def _checked(family: str, name: str, path: Path) -> dict[str, Any]:
    parsed = parse(text_in(path, LARGEST_FILE), path.name)
    lines = {(family, name, *place): (path.name, line) for place, line in parsed.lines.items()}
    faults = Faults(lines)
    checked = SHAPES[family].check(parsed.value, (family, name), faults)
    faults.refuse()
    return dict(checked)
