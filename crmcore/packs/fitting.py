"""Whether a pack's documents fit one shop: facts that it has, plugins' settings, what they refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Protocol

from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.messages.lint import Frame, lint
from crmcore.messages.template import load_template
from crmcore.messages.variables import COMMON, NAMES, meanings, personal
from crmcore.messages.words import Words
from crmcore.packs.faults import Fault
from crmcore.packs.overlay import Overlay, segments_over
from crmcore.packs.pack import Documents, Pack
from crmcore.playbook.playbook import Playbook
from crmcore.rules.fields import suggestion


class ShopLike(Protocol):
    """What is asked of the shop."""

    @property
    def segments(self) -> Any: ...  # noqa: D102
    @property
    def plugins(self) -> Any: ...  # noqa: D102
    def catalogue_over(self, playbook: Playbook) -> Any: ...  # noqa: D102


def misfits(shop: ShopLike, pack: Pack, bodies: Documents, overlay: Overlay) -> Iterator[Fault]:
    """Every document that this shop could not use, with the place it stands in and the reason."""
    yield from _segments(shop, pack, bodies, overlay)
    yield from _settings(shop, pack, bodies)
    yield from _presets(shop, pack, bodies)
    yield from _templates(shop, pack, bodies, overlay)
    yield from _words_of_plans(pack, bodies, overlay)


def _segments(shop: ShopLike, pack: Pack, bodies: Documents, overlay: Overlay) -> Iterator[Fault]:
    mine = bodies.get("segments", {})
    broken_before = {one.name for one in shop.segments.all() if one.error}
    known = segments_over(shop, overlay).all()
    for segment in known:
        if segment.error and segment.name in mine and segment.source == pack.name:
            yield Fault(pack.where("segments", segment.name), f"{segment.name}: {segment.error}")
        elif segment.error and segment.name not in broken_before and segment.source != pack.name:
            text = _("the shop's segment {name} would break: {reason}")
            yield Fault("", text.format(name=segment.name, reason=segment.error))
    names = [segment.name for segment in known]
    for family in ("articles", "campaigns"):
        for name, body in bodies.get(family, {}).items():
            for wanted in segments_named(body):
                if wanted not in names:
                    text = _("there is no segment {name}{hint}")
                    said = text.format(name=repr(wanted), hint=suggestion(wanted, names))
                    yield Fault(pack.where(family, name), said)


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
            yield Fault(pack.where("settings", plugin), str(error))


def _presets(shop: ShopLike, pack: Pack, bodies: Documents) -> Iterator[Fault]:
    presets = bodies.get("presets", {})
    if not presets:
        return
    reports = [report.name for _plugin, report in shop.plugins.reports().values]
    for name, body in presets.items():
        if body["report"] not in reports:
            text = _("there is no report {name}{hint}")
            said = text.format(name=repr(body["report"]), hint=suggestion(body["report"], reports))
            yield Fault(pack.where("presets", name), said)


def _templates(shop: ShopLike, pack: Pack, bodies: Documents, overlay: Overlay) -> Iterator[Fault]:
    """Variables that no customer of this shop has, and words that stand between two # and mean nothing."""
    if not bodies.get("templates"):
        return
    catalogue = shop.catalogue_over(Playbook(overlay))
    meant = meanings(catalogue)
    known = frozenset({*(field.name for field in catalogue), *NAMES, *COMMON})
    for name, body in bodies["templates"].items():
        template = load_template(body, pack.name)
        for language in ("zh", "en"):
            frame = Frame(language, known, personal(catalogue), meant, Words(), date.today())
            for found in lint(template, frame):
                if found.error and found.code in ("unknown", "syntax"):
                    yield Fault(pack.where("templates", name), f"{name} ({language}): {found.text}")


def _words_of_plans(pack: Pack, bodies: Documents, overlay: Overlay) -> Iterator[Fault]:
    """Templates that a campaign's plan names and nobody has."""
    plans = bodies.get("campaigns", {})
    known = [entry.name for entry in Playbook(overlay).all("templates")] if plans else []
    for name, body in plans.items():
        for wanted in templates_named(body):
            if wanted not in known:
                text = _("there is no template {name}{hint}")
                said = text.format(name=repr(wanted), hint=suggestion(wanted, known))
                yield Fault(pack.where("campaigns", name), said)


def segments_named(body: Mapping[str, Any]) -> list[str]:
    """The segments that an article explains, or the one that a campaign's plan writes to."""
    plan = body.get("body")
    named = [*(body.get("segments") or ()), plan.get("segment") if isinstance(plan, Mapping) else None]
    return [one for one in named if isinstance(one, str) and one]


def templates_named(body: Mapping[str, Any]) -> list[str]:
    """The templates that a campaign's plan takes its words from."""
    plan = body.get("body")
    messages = plan.get("messages") if isinstance(plan, Mapping) else None
    words = messages.values() if isinstance(messages, Mapping) else ()
    named = [one.get("template") for one in words if isinstance(one, Mapping)]
    return [one for one in named if isinstance(one, str) and one]
