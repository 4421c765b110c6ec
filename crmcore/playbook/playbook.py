"""The playbook of one shop: documents by family and name, the shop's own over those of its packs.

Each family is a table of documents ("segments", "templates", …; see `FAMILIES`), each document has a "name".
A pack that is installed lies under them as a read-only layer; what the shop writes under a name that a pack
has is an override, stored apart, so that the pack can be replaced and the shop's words stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from crmcore.errors import CrmError, NotFoundError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.playbook.layers import Layer, layers_of
from crmcore.rules.fields import suggestion
from crmcore.rules.where import where
from crmcore.store.playbook_tables import FAMILIES, PLUGINS, TITLES

T = TypeVar("T")
OWN = "shop"
# Plugin settings stand beside the switches of the plugins, in a table that is older than the playbook.
_ELSEWHERE = {"settings": PLUGINS}


class Guard(Protocol):
    """Asked before a document of the shop's own is kept or forgotten (`body` is None then)."""

    def __call__(self, family: str, name: str, body: Mapping[str, Any] | None) -> None:
        """Raise `CrmError` where others could not be used any more."""


class Documents(Protocol):
    """The part of `shop.documents` (a TinyDB) that the playbook uses."""

    def table(self, name: str) -> Any:
        """The document table of that name."""


@dataclass(frozen=True)
class Entry:
    """One document of the playbook.

    `body` is plain JSON and holds its "name"; `source` is "shop" or the name of the pack; `under` is what
    would be in force without it (the same name in a pack further down), None when nothing is.
    """

    family: str
    name: str
    body: Mapping[str, Any]
    source: str
    under: Entry | None = None

    @property
    def own(self) -> bool:
        """Whether the shop wrote it."""
        return self.source == OWN

    @property
    def override(self) -> bool:
        """Whether the shop wrote it in place of a pack's."""
        return self.own and self.under is not None


@dataclass(frozen=True)
class Playbook:
    """The playbook of one shop, read anew at each call; `documents` is the shop's TinyDB.

    Every method raises `CrmError` for a family that there is not, `save` and `remove` what the guard raises.
    `changed` is told the family of which the shop's own documents were changed, once that is done.
    """

    documents: Documents
    guard: Guard | None = None
    changed: Callable[[str], object] | None = None

    def get(self, family: str, name: str) -> Entry | None:
        """The entry in force under that name, None when there is none."""
        return next((entry for entry in self.all(family) if entry.name == name), None)

    def require(self, family: str, name: str) -> Entry:
        """The entry in force under that name; `NotFoundError` with the nearest one when there is none."""
        entries = {entry.name: entry for entry in self.all(family)}
        if found := entries.get(name):
            return found
        raise NotFoundError(
            _("the playbook has nothing named {name} among its {family}{hint}").format(
                name=repr(name),
                family=_(TITLES[family]),
                hint=suggestion(name, entries, see="crm playbook list"),
            )
        )

    def all(self, family: str) -> list[Entry]:
        """Every entry in force: the shop's own first, then those of the packs, the latest pack first."""
        found: dict[str, Entry] = {}
        below = self._below(family)
        for name, body in self._own(family):
            found[name] = Entry(family, name, body, OWN, below.get(name))
        for name, entry in below.items():
            found.setdefault(name, entry)
        return list(found.values())

    def save(
        self, family: str, name: str, body: Mapping[str, Any], check: Callable[[], object] | None = None
    ) -> Entry:
        """Keep a document of the shop's own, in place of the one of that name; returns it.

        One that says what the pack below says anyway is no edit: then the pack's shows again. `check` raises
        where the document itself cannot be used: asked again where somebody changed the playbook meanwhile.
        """
        written = {**body, "name": name}
        return self._settled(family, name, written, lambda: self._keep(family, name, written), check)

    def _keep(self, family: str, name: str, written: Mapping[str, Any]) -> Entry:
        under = self._below(family).get(name)
        table = self.documents.table(table_of(family))
        if under is not None and dict(under.body) == written:
            if table.contains(where("name") == name):
                self._forget(family, name)
            return under
        if family in _ELSEWHERE:
            table.upsert(as_kept(family, name, written, {}), where("name") == name)
        else:
            table.put(written, where("name") == name)
        return Entry(family, name, written, OWN, under)

    def remove(self, family: str, name: str) -> Entry | None:
        """Forget a document of the shop's own; returns the pack's of that name, which shows again.

        Raises `NotFoundError` when the shop has none of its own of that name.
        """
        own = [one for one, _body in self._own(family)]
        if name not in own:
            raise NotFoundError(
                _("the shop has nothing named {name} of its own among its {family}{hint}").format(
                    name=repr(name),
                    family=_(TITLES[family]),
                    hint=suggestion(name, own, see="crm playbook list"),
                )
            )

        def forget() -> Entry | None:
            self._forget(family, name)
            return self._below(family).get(name)

        return self._settled(family, name, None, forget)

    def _settled(
        self,
        family: str,
        name: str,
        written: Mapping[str, Any] | None,
        act: Callable[[], T],
        check: Callable[[], object] | None = None,
    ) -> T:
        """Act when neither the check nor the guard has anything against it, as things are in that moment."""

        def look() -> None:
            if check is not None:
                check()
            if self.guard is not None:
                self.guard(family, name, written)

        if check is None and self.guard is None:
            done = act()
        else:
            table = self.documents.table(table_of(family))
            done = table.settled(self._act_on(family, name, written), look, act)
        if self.changed is not None:
            self.changed(family)
        return done

    def _act_on(self, family: str, name: str, written: Mapping[str, Any] | None) -> str:
        """What an act does to a document of the shop's own, for the list of changes."""
        if written is None:
            return _("removed {name}").format(name=name)
        known = any(one == name for one, _body in self._own(family))
        return (_("changed {name}") if known else _("added {name}")).format(name=name)

    def layers(self, family: str | None = None) -> list[Layer]:
        """What the installed packs lay under the shop's own, the latest pack first."""
        if family is not None:
            table_of(family)
        return [one for one in layers_of(self.documents) if family in (None, one.family)]

    def _own(self, family: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for row in self.documents.table(table_of(family)).all():
            name, body = str(row.get("name")), dict(row)
            if family in _ELSEWHERE:
                if not row.get("settings"):
                    continue
                body = {"name": name, **row["settings"]}
            yield name, body

    def _below(self, family: str) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        layers = self.layers(family)
        for layer in reversed(layers):  # the latest pack is laid last and so lies on top
            for name, body in layer.entries.items():
                under = found.pop(name, None)
                found[name] = Entry(family, name, {**body, "name": name}, layer.pack, under)
        latest_first = {layer.pack: place for place, layer in enumerate(layers)}
        return dict(sorted(found.items(), key=lambda item: latest_first[item[1].source]))

    def _forget(self, family: str, name: str) -> None:
        table = self.documents.table(table_of(family))
        if family in _ELSEWHERE:
            table.update({"settings": {}}, where("name") == name)
        else:
            table.remove(where("name") == name)


def family_named(family: str) -> str:
    """The family of that name; `CrmError` with the nearest one when there is none."""
    if family not in FAMILIES:
        raise CrmError(
            _("the playbook has no {family}{hint}").format(
                family=repr(family),
                hint=suggestion(family, FAMILIES) or _(": it has {names}").format(names=joined(FAMILIES)),
            )
        )
    return family


def table_of(family: str) -> str:
    """The table in which the shop's own documents of a family stand; `CrmError` for a family there is not."""
    return _ELSEWHERE.get(family_named(family), family)


def as_kept(family: str, name: str, body: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """A document as it stands in its table, in the place of the row `before`."""
    if family not in _ELSEWHERE:
        return {**body, "name": name}
    return {**before, "name": name, "settings": {key: one for key, one in body.items() if key != "name"}}
