"""Whether a pack's documents fit one shop: facts that it has, plugins' settings, what they refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from crmcore.analytics.tiles import tile_from
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.packs.faults import Fault
from crmcore.packs.overlay import Overlay
from crmcore.packs.pack import Documents, Pack
from crmcore.packs.usable import Fitting
from crmcore.packs.usable import ShopLike as Fittable
from crmcore.playbook.bands import SETTING as BAND_SETTING
from crmcore.playbook.playbook import OWN, Playbook


class ShopLike(Fittable, Protocol):
    """What is asked of the shop."""

    @property
    def playbook(self) -> Playbook: ...  # noqa: D102
    @property
    def catalogue(self) -> Any: ...  # noqa: D102
    @property
    def reports(self) -> Any: ...  # noqa: D102


def misfits(shop: ShopLike, pack: Pack, bodies: Documents, overlay: Overlay) -> Iterator[Fault]:
    """Every document that this shop could not use, with the place it stands in and the reason."""
    fitting = Fitting(shop, overlay)
    yield from _segments(shop, pack, bodies, fitting)
    for family in ("articles", "campaigns", "templates"):
        for name, body in bodies.get(family, {}).items():
            for said in fitting.wrong(family, body, pack.name):
                told = f"{name} {said}" if said.startswith("(") else f"{name}: {said}"
                yield Fault(pack.where(family, name, said), told)
    yield from _settings(shop, pack, bodies)
    yield from _bands(shop, pack, bodies, fitting)
    yield from _fields(shop, pack, bodies)
    yield from _asked_of_reports(shop, pack, bodies)


def _segments(shop: ShopLike, pack: Pack, bodies: Documents, fitting: Fitting) -> Iterator[Fault]:
    mine = bodies.get("segments", {})
    broken_before = {one.name for one in shop.segments.all() if one.error}
    for segment in fitting.segments:
        if segment.error and segment.name in mine and segment.source == pack.name:
            where = pack.where("segments", segment.name, segment.error)
            yield Fault(where, f"{segment.name}: {segment.error}")
        elif segment.error and segment.name not in broken_before and segment.source != pack.name:
            text = _("the shop's segment {name} would break: {reason}")
            yield Fault("", text.format(name=segment.name, reason=segment.error))


def _settings(shop: ShopLike, pack: Pack, bodies: Documents) -> Iterator[Fault]:
    sending = {plugin for plugin, _channel in shop.plugins.channels().values}
    for plugin, body in bodies.get("settings", {}).items():
        if plugin in sending:  # the server that gets the shop's password, and its customers' addresses
            text = _("plugin {plugin} sends messages: its settings are the shop's own")
            yield Fault(pack.where("settings", plugin), text.format(plugin=plugin))
            continue
        values = {key: value for key, value in body.items() if key != "name"}
        try:
            shop.plugins.check_settings(plugin, values)
        except CrmError as error:
            yield Fault(pack.where("settings", plugin, str(error)), str(error))


def _bands(shop: ShopLike, pack: Pack, bodies: Documents, fitting: Fitting) -> Iterator[Fault]:
    """Bands that the plugin of their name cannot take, and bands whose segments nobody could ask."""
    plugins = {plugin for plugin, _rule in shop.plugins.segment_rules().values}
    errors = {one.name: one.error for one in fitting.segments if one.error}
    for name, body in bodies.get("bands", {}).items():
        if name in plugins:
            try:
                shop.plugins.check_settings(name, {BAND_SETTING: body["edges"]})
            except CrmError as error:
                yield Fault(pack.where("bands", name, str(error)), str(error))
        elif reason := next((errors[one] for one in _ranges_of(name, body) if one in errors), None):
            yield Fault(pack.where("bands", name, reason), reason)


def _ranges_of(name: str, body: Mapping[str, Any]) -> list[str]:
    """The segments that bands make, by name."""
    return [f"{name}_{number}" for number in range(1, len(body["edges"]) + 2)]


def _fields(shop: ShopLike, pack: Pack, bodies: Documents) -> Iterator[Fault]:
    """Fields that are called like something that every card has."""
    facts = {field.name: field for field in shop.catalogue}
    for name in bodies.get("fields", {}):
        if name in facts and facts[name].source not in (OWN, pack.name, *_packs_of(shop)):
            text = _("{name} is a fact of {source} already: give the field another name")
            yield Fault(pack.where("fields", name), text.format(name=name, source=facts[name].source))


def _packs_of(shop: ShopLike) -> set[str]:
    return {layer.pack for layer in shop.playbook.layers("fields")}


def _asked_of_reports(shop: ShopLike, pack: Pack, bodies: Documents) -> Iterator[Fault]:
    """Presets and tiles of reports that are not there, or that do not take what they are asked with."""
    asked = [("presets", name, body) for name, body in bodies.get("presets", {}).items()]
    for name, body in bodies.get("dashboards", {}).items():
        asked += [("dashboards", name, tile) for tile in body["tiles"]]
    for family, name, body in asked:
        try:
            tile = tile_from({**body, "what": body.get("what", "figure")})
            shop.reports.check(tile.report, tile.typed)
        except CrmError as error:
            yield Fault(pack.where(family, name, str(error)), f"{name}: {error}")
