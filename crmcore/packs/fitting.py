"""Whether documents fit one shop: facts that it has, plugins' settings, what they refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.packs.faults import Fault
from crmcore.packs.pack import Documents
from crmcore.packs.usable import Fitting, newly_unusable
from crmcore.packs.usable import ShopLike as Fittable
from crmcore.playbook.bands import SETTING as BAND_SETTING
from crmcore.playbook.playbook import OWN, Playbook
from crmcore.playbook.playbook import Documents as Tables
from crmcore.records.settings import ShopSettings
from crmcore.rules.fields import FieldType

if TYPE_CHECKING:
    from crmcore.hooks.manager import PluginManager
    from crmcore.rules.catalogue import Catalogue

# What can be cut at numbers.
_CUT = (FieldType.INT, FieldType.NUMBER, FieldType.MONEY, FieldType.DAYS, FieldType.AGE)


class ShopLike(Fittable, Protocol):
    """What is asked of the shop."""

    @property
    def playbook(self) -> Playbook: ...  # noqa: D102
    @property
    def plugins(self) -> PluginManager: ...  # noqa: D102
    @property
    def catalogue(self) -> Catalogue: ...  # noqa: D102
    @property
    def settings(self) -> ShopSettings: ...  # noqa: D102


class Origin(Protocol):
    """Whose documents are looked at, a pack's or the shop's own, and where in its files each stands."""

    @property
    def name(self) -> str: ...  # noqa: D102
    def where(self, family: str, name: str, said: str = "") -> str: ...  # noqa: D102


def misfits(shop: ShopLike, origin: Origin, bodies: Documents, documents: Tables) -> Iterator[Fault]:
    """Every document that this shop could not use, with the place it stands in and the reason.

    `documents` are the shop's with the `bodies` among them.
    """
    fitting = Fitting(shop, documents)
    yield from _segments(origin, bodies, fitting)
    for family in ("articles", "campaigns", "templates"):
        for name, body in bodies.get(family, {}).items():
            for said in fitting.wrong(family, body, origin.name):
                told = f"{name} {said}" if said.startswith("(") else f"{name}: {said}"
                yield Fault(origin.where(family, name, said), told)
    yield from _settings(shop, origin, bodies)
    yield from _bands(shop, origin, bodies, fitting)
    yield from _fields(shop, origin, bodies)
    yield from _asked_of_reports(origin, bodies, fitting)


def breaking(shop: ShopLike, origin: Origin, bodies: Documents, documents: Tables) -> Iterator[Fault]:
    """What can be used now and could not with these documents, but for themselves."""
    brought = set(_brought(origin, bodies, Playbook(documents)))
    for item, reason in newly_unusable(shop, documents):
        family, _slash, name = item.partition("/")
        if item in brought:
            continue
        if family == "segments":
            text = _("the shop's segment {name} would break: {reason}")
            yield Fault("", text.format(name=name, reason=reason))
        else:
            yield Fault("", _("{item} would break: {reason}").format(item=item, reason=reason))


def _brought(origin: Origin, bodies: Documents, playbook: Playbook) -> Iterator[str]:
    """The items that come with the bodies: where they are in force, and the segments that bands make."""
    for family, named in bodies.items():
        sources = {entry.name: entry.source for entry in playbook.all(family)}
        for name, body in named.items():
            if sources.get(name) == origin.name:
                yield f"{family}/{name}"
                if family == "bands":
                    yield from (f"segments/{one}" for one in _ranges_of(name, body))


def _segments(origin: Origin, bodies: Documents, fitting: Fitting) -> Iterator[Fault]:
    mine = bodies.get("segments", {})
    for segment in fitting.segments:
        if segment.error and segment.name in mine and segment.source == origin.name:
            where = origin.where("segments", segment.name, segment.error)
            yield Fault(where, f"{segment.name}: {segment.error}")


def _settings(shop: ShopLike, origin: Origin, bodies: Documents) -> Iterator[Fault]:
    sending = {plugin for plugin, _channel in shop.plugins.channels().values}
    for plugin, body in bodies.get("settings", {}).items():
        if plugin in sending:  # the server that gets the shop's password, and its customers' addresses
            text = _("plugin {plugin} sends messages: its settings are the shop's own")
            yield Fault(origin.where("settings", plugin), text.format(plugin=plugin))
            continue
        values = {key: value for key, value in body.items() if key != "name"}
        try:
            shop.plugins.check_settings(plugin, values)
        except CrmError as error:
            yield Fault(origin.where("settings", plugin, str(error)), str(error))


def _bands(shop: ShopLike, origin: Origin, bodies: Documents, fitting: Fitting) -> Iterator[Fault]:
    """Bands that the plugin of their name cannot take, and bands whose segments nobody could ask."""
    plugins = {plugin for plugin, _rule in shop.plugins.segment_rules().values}
    errors = {one.name: one.error for one in fitting.segments if one.error}
    for name, body in bodies.get("bands", {}).items():
        if name in plugins:
            try:
                shop.plugins.check_settings(name, {BAND_SETTING: body["edges"]})
            except CrmError as error:
                yield Fault(origin.where("bands", name, "'edges'"), f"{name}: {error}")
        elif reason := next((errors[one] for one in _ranges_of(name, body) if one in errors), None):
            field = str(body["field"])
            if field in fitting.catalogue and fitting.catalogue.get(field).type not in _CUT:
                reason = _("{field} cannot be cut into bands: choose a field that holds numbers")
                reason = reason.format(field=repr(field))
            yield Fault(origin.where("bands", name, reason), f"{name}: {reason}")


def _ranges_of(name: str, body: Mapping[str, Any]) -> list[str]:
    """The segments that bands make, by name."""
    return [f"{name}_{number}" for number in range(1, len(body["edges"]) + 2)]


def _fields(shop: ShopLike, origin: Origin, bodies: Documents) -> Iterator[Fault]:
    """Fields that are called like something that every card has."""
    facts = {field.name: field for field in shop.catalogue}
    for name in bodies.get("fields", {}):
        if name in facts and facts[name].source not in (OWN, origin.name, *_packs_of(shop)):
            text = _("{name} is a fact of {source} already: give the field another name")
            yield Fault(origin.where("fields", name), text.format(name=name, source=facts[name].source))


def _packs_of(shop: ShopLike) -> set[str]:
    return {layer.pack for layer in shop.playbook.layers("fields")}


def _asked_of_reports(origin: Origin, bodies: Documents, fitting: Fitting) -> Iterator[Fault]:
    """Presets and tiles of reports that are not there, or that do not take what they are asked with."""
    for name in bodies.get("presets", {}):
        if name in fitting.reports:  # nobody would ever get at it
            text = _("{name} is a report's name: choose another").format(name=name)
            yield Fault(origin.where("presets", name), text)
    asked = [("presets", name, body) for name, body in bodies.get("presets", {}).items()]
    for name, body in bodies.get("dashboards", {}).items():
        asked += [("dashboards", name, tile) for tile in body["tiles"]]
    for family, name, body in asked:
        plugin, _report = fitting.reports.get(str(body.get("report")), ("", None))
        for reason in fitting.wrong("presets", body, origin.name):
            said = reason.replace(repr(plugin), "")  # not whose report it is
            yield Fault(origin.where(family, name, said), f"{name}: {reason}")
