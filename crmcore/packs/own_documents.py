"""Documents of the shop's own, written as files: checked as a pack's are, held against the shop, kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import ngettext
from crmcore.packs.families import SHAPES
from crmcore.packs.faults import Faults, PackError, Path, spoken_of
from crmcore.packs.fitting import ShopLike, misfits
from crmcore.packs.limits import LARGEST_FILE
from crmcore.packs.overlay import Edited
from crmcore.packs.parsing import parse
from crmcore.packs.remarks import remarks
from crmcore.playbook.own_fields import own_fields
from crmcore.playbook.playbook import OWN, Entry, Playbook, family_named
from crmcore.records.own_field import OwnField
from crmcore.rules.names import check_slug
from crmcore.store.own_field_sql import misfit
from crmcore.written import text_in

# What the shop's plugins and facts have a say in.
_ELSEWHERE = {"segments": "crm segment save", "settings": "crm plugin settings"}
# Their names stand in rules, and on the command line.
_NAMED = ("bands", "fields", "campaigns", "calendars", "templates")


@dataclass(frozen=True)
class OwnFile:
    """The file that a document of the shop's own is read from."""

    body: Any
    lines: Mapping[Path, tuple[str, int]]
    name: str = OWN

    def where(self, family: str, name: str, said: str = "") -> str:
        """The file and line of the document, or of that in it of which a message speaks."""
        return Faults(self.lines).where(spoken_of(said, self.body, (family, name)))


def save_own(shop: ShopLike, family: str, name: str, path: FilePath) -> tuple[Entry, list[str]]:
    """Keep the document in a YAML file under that name; returns it, and what of it leads nowhere here.

    Raises `FileError`, `PackError`, `UsageError`.
    """
    family_named(family)
    if family in _ELSEWHERE:
        text = _("{family} are kept with `{command}`, which checks them against this shop")
        raise UsageError(text.format(family=family, command=_ELSEWHERE[family]))
    if family in _NAMED and not (family == "fields" and name.isidentifier()):  # 肤质 is a field's name, too
        check_slug(name)
    parsed = parse(text_in(path, LARGEST_FILE), path.name)
    lines = {(family, name, *place): (path.name, line) for place, line in parsed.lines.items()}
    faults = Faults(lines)
    body = SHAPES[family].check(parsed.value, (family, name), faults)
    faults.refuse()
    written = {family: {name: {**body, "name": name}}}
    after = Edited(shop.documents, family, name, written[family][name])
    origin = OwnFile(parsed.value, lines)
    if wrong := list(misfits(shop, origin, written, after)):
        raise PackError(wrong)
    notes = [str(one) for one in remarks(shop, origin, written, after)]
    if family == "fields":
        declared = {one.name: one for one in own_fields(Playbook(after))}
        notes += _values_that_do_not_fit(shop, declared[name])
    return shop.playbook.save(family, name, body), notes


def notes_on(shop: ShopLike, family: str, name: str, body: Mapping[str, Any]) -> list[str]:
    """What would lead nowhere with that document of the shop's own; asked before it is kept."""
    after = Edited(shop.documents, family, name, body)
    return [str(one) for one in remarks(shop, OwnFile(body, {}), {family: {name: body}}, after)]


def _values_that_do_not_fit(shop: ShopLike, field: OwnField) -> Iterator[str]:
    """What customers have of a field already and it does not take."""
    with shop.database.read() as connection:
        count = misfit(connection, field, shop.settings.currency)
    if count:
        text = ngettext(
            "{name}: {count} customer has a value that does not fit; it stays in her record as it is",
            "{name}: {count} customers have a value that does not fit; it stays in their records as it is",
            count,
        )
        yield text.format(name=field.name, count=f"{count:,}")
