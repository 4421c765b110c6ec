"""What of documents leads nowhere here, though it keeps nobody from using them: told before, never refused.

A channel may be set up later, a plugin with a report switched on; until then nobody would know why nothing
goes out by it, or why a figure stands nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmcore.analytics.dashboards import MOST
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.packs.faults import Fault
from crmcore.packs.fitting import Origin
from crmcore.packs.named import turns_of
from crmcore.packs.overlay import segments_over
from crmcore.packs.pack import Documents
from crmcore.packs.plan import State
from crmcore.packs.usable import ShopLike
from crmcore.playbook.bands import SETTING as BAND_SETTING
from crmcore.playbook.playbook import OWN, Playbook
from crmcore.playbook.playbook import Documents as Tables
from crmcore.rules.fields import suggestion
from crmcore.rules.yaml import load_rule
from crmcore.segments.bounds import Bounds, bounds_of, out_of_bounds
from crmcore.segments.definitions import Segment, from_document

if TYPE_CHECKING:
    from crmcore.hooks.manager import PluginManager

_OF_VALUES = ("regions", "fields")  # the families that say which values there are
_EVERY = "*"  # of a plan's messages: the channels that have none of their own


def remarks(shop: ShopLike, origin: Origin, bodies: Documents, documents: Tables) -> Iterator[Fault]:
    """What leads nowhere, each with the place it stands in; `documents` are the shop's with the `bodies`."""
    yield from _nobody(shop, origin, bodies, documents)
    for one in nowhere(shop.plugins_over(Playbook(shop.documents)), bodies):
        yield Fault(origin.where(one.family, one.name, repr(one.wanted)), f"{one.name}: {one.text}")
    yield from _settings(shop, origin, bodies)
    for name, body in bodies.get("dashboards", {}).items():
        if len(body["tiles"]) > MOST:
            text = _("{name}: a dashboard shows {most} tiles, the others are left out")
            yield Fault(origin.where("dashboards", name), text.format(name=name, most=MOST))


def _nobody(shop: ShopLike, origin: Origin, bodies: Documents, documents: Tables) -> Iterator[Fault]:
    """Segments that ask for what no value is: the bodies', and plugins' that did not until then."""
    if not bodies.keys() & {"segments", *_OF_VALUES}:
        return
    after = segments_over(shop, documents)
    known, bounds = after.known(), bounds_of(Playbook(documents), after.catalogue())
    for name, body in bodies.get("segments", {}).items():
        segment = from_document(load_rule({**body, "name": name}), origin.name)
        for field, said in out_of_bounds(segment.definition.tree, segment.params, bounds):
            yield Fault(origin.where("segments", name, f"{said} {field!r}"), f"{name}: {said}")
        source = known[name].source
        if source != origin.name and (reason := after.wrong(segment, known)):
            over = (State.EDITED if source == OWN else State.COVERED).words
            text = _("{name}: {over}; by itself it could not be used: {reason}")
            yield Fault(
                origin.where("segments", name, reason), text.format(name=name, over=over, reason=reason)
            )
    if bodies.keys() & {*_OF_VALUES}:
        yield from _of_plugins(shop, known.values(), bounds)


def _of_plugins(shop: ShopLike, segments: Iterable[Segment], bounds: Bounds) -> Iterator[Fault]:
    """Plugins' segments that ask for a value which there is now, and not within these bounds."""
    now: Bounds | None = None
    for one in segments:
        if one.document is not None:
            continue
        beyond = next(out_of_bounds(one.definition.tree, one.params, bounds), None)
        if beyond is None:
            continue
        now = now or bounds_of(Playbook(shop.documents), shop.segments.catalogue())
        if not any(out_of_bounds(one.definition.tree, one.params, now)):
            text = _("{plugin}: its segment {name} finds nobody then: {reason}")
            yield Fault("", text.format(plugin=one.source, name=one.name, reason=beyond[1]))


@dataclass(frozen=True)
class Nowhere:
    """A document that names something which no plugin brings: `wanted`, a channel or a report."""

    family: str
    name: str
    wanted: str
    text: str


def nowhere(plugins: PluginManager, bodies: Documents) -> Iterator[Nowhere]:
    """The documents that name a channel or a report which these plugins do not bring."""
    yield from _channels(plugins, bodies)
    yield from _benchmarks(plugins, bodies)


def _channels(plugins: PluginManager, bodies: Documents) -> Iterator[Nowhere]:
    """Channels that templates and plans name and that there are not."""
    channels = [channel for _plugin, channel in plugins.channels().values]
    names = {channel.name for channel in channels}
    sorts = {channel.consent_name for channel in channels}
    for family in ("templates", "campaigns"):
        for name, body in bodies.get(family, {}).items():
            by_name, by_sort = _named(body) if family == "campaigns" else (_listed(body), [])
            strange = [one for one in by_name if one not in names]
            strange += [one for one in by_sort if one not in names | sorts]
            for channel in dict.fromkeys(strange):
                text = _("nothing goes out by {channel} until there is such a channel{hint}")
                hint = suggestion(channel, names, see="crm channel list")
                yield Nowhere(family, name, channel, text.format(channel=repr(channel), hint=hint))


def _named(body: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The channels that a plan names: those by their own name, and those that may stand for a sort (sms)."""
    by_name, by_sort = [], []
    for turn in turns_of(body.get("body")):
        by_name += [*_listed(turn), *(one for one in turn.get("messages") or () if one != _EVERY)]
        by_sort += [*(turn.get("ahead") or ()), *(turn.get("prices") or ())]
    return by_name, by_sort


def _listed(body: Mapping[str, Any]) -> list[str]:
    """The channels that a template or a turn of a plan lists; one may stand alone."""
    named = body.get("channels") or []
    return [named] if isinstance(named, str) else [str(one) for one in named]


def _benchmarks(plugins: PluginManager, bodies: Documents) -> Iterator[Nowhere]:
    """Benchmarks that stand beneath a report which there is not."""
    reports = {report.name for _plugin, report in plugins.reports().values}
    for name, body in bodies.get("benchmarks", {}).items():
        report = body.get("report")
        if report and report not in reports:
            text = _("it is shown nowhere until there is a report {report}{hint}")
            hint = suggestion(report, reports, see="crm report list")
            yield Nowhere("benchmarks", name, report, text.format(report=repr(report), hint=hint))


def _settings(shop: ShopLike, origin: Origin, bodies: Documents) -> Iterator[Fault]:
    """Settings that the shop's own go before, and those by which facts are counted anew."""
    own = {entry.name: entry.body for entry in Playbook(shop.documents).all("settings") if entry.own}
    working = {plugin for plugin, _fact in shop.plugins_over(Playbook(shop.documents)).facts().values}
    asked = {name: list(body) for name, body in bodies.get("settings", {}).items()}
    bands = {name: [BAND_SETTING] for name in bodies.get("bands", {})}
    for family, named in (("settings", asked), ("bands", bands)):
        for plugin, keys in named.items():
            if kept := [key for key in keys if key != "name" and key in own.get(plugin, {})]:
                text = _("{plugin}: {keys} stays as this shop has set it (crm plugin settings {plugin})")
                yield Fault(origin.where(family, plugin), text.format(plugin=plugin, keys=joined(kept)))
    for plugin in sorted(working & set(asked)):
        text = _("facts of {plugin} are counted as it is set today: with the pack they are made anew")
        yield Fault("", text.format(plugin=plugin))
