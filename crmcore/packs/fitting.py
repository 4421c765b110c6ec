"""Whether a pack's documents fit one shop: facts that it has, plugins' settings, what they refer to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Protocol

from crmcore.analytics.tiles import tile_from
from crmcore.calendar.calendar import calendar_of
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.messages.lint import Frame, lint
from crmcore.messages.template import PARTS, load_template
from crmcore.messages.variables import COMMON, NAMES, meanings, personal
from crmcore.messages.words import Words
from crmcore.packs.faults import Fault
from crmcore.packs.overlay import Overlay, segments_over
from crmcore.packs.pack import Documents, Pack
from crmcore.playbook.bands import SETTING as BAND_SETTING
from crmcore.playbook.playbook import OWN, Playbook
from crmcore.playbook.playbook import Documents as Tables
from crmcore.rules.fields import suggestion
from crmcore.rules.yaml import load_rule
from crmcore.segments.definitions import from_document
from crmcore.store import campaign_rows

# A campaign that is over has no more use for what it was made of.
_NOT_OVER = ("draft", "scheduled", "running", "paused")


class ShopLike(Protocol):
    """What is asked of the shop."""

    @property
    def database(self) -> Any: ...  # noqa: D102
    @property
    def segments(self) -> Any: ...  # noqa: D102
    @property
    def plugins(self) -> Any: ...  # noqa: D102
    @property
    def playbook(self) -> Playbook: ...  # noqa: D102
    @property
    def catalogue(self) -> Any: ...  # noqa: D102
    @property
    def reports(self) -> Any: ...  # noqa: D102
    def catalogue_over(self, playbook: Playbook) -> Any: ...  # noqa: D102
    def sources_over(self, playbook: Playbook) -> Any: ...  # noqa: D102
    def plugin_rules_over(self, playbook: Playbook) -> Any: ...  # noqa: D102


def misfits(shop: ShopLike, pack: Pack, bodies: Documents, overlay: Overlay) -> Iterator[Fault]:
    """Every document that this shop could not use, with the place it stands in and the reason."""
    fitting = _Fitting(shop, overlay)
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


def unusable(shop: ShopLike, documents: Tables) -> dict[str, str]:
    """What could not be used if these were the playbook's documents: FAMILY/NAME -> the reason.

    Segments that cannot be asked; articles, plans and campaigns that are not over whose segments, templates
    or days are not there; messages with variables that nobody has.
    """
    fitting = _Fitting(shop, documents)
    found = {f"segments/{one.name}": one.error for one in fitting.segments if one.error}
    for family in ("articles", "campaigns", "templates"):
        for entry in fitting.playbook.all(family):
            for reason in fitting.wrong(family, entry.body, entry.source):
                found.setdefault(f"{family}/{entry.name}", reason)
    with shop.database.read() as connection:
        made = campaign_rows.all_of(connection, _NOT_OVER)
    for row in made:
        key = _("the campaign {name}").format(name=row.name)
        for reason in fitting.wrong("campaigns", {"body": json.loads(row.body)}, OWN):
            found.setdefault(key, reason)
    return found


class _Fitting:
    """What documents name and say, held against a shop with these documents in its playbook."""

    def __init__(self, shop: ShopLike, documents: Tables) -> None:
        self.playbook = Playbook(documents)
        self._asked = segments_over(shop, documents)
        self.catalogue = self._asked.catalogue()
        self.segments = self._asked.all()
        self._templates = [entry.name for entry in self.playbook.all("templates")]
        self._variables = frozenset({*(field.name for field in self.catalogue), *NAMES, *COMMON})

    def wrong(self, family: str, body: Mapping[str, Any], source: str) -> Iterator[str]:
        """What keeps an article, a plan or a template from being used, a sentence each."""
        if family == "templates":
            yield from self._unknown(body, source)
            return
        yield from self._missing(body)
        plan = body.get("body")
        if isinstance(plan, Mapping):
            yield from self._unasked(plan)
            for words in _words_of(plan):
                if words.get("text"):
                    parts = {part: words[part] for part in PARTS if words.get(part)}
                    yield from self._unknown({"name": "words", "purpose": "service", **parts}, OWN)

    def _missing(self, body: Mapping[str, Any]) -> Iterator[str]:
        """The segments and templates that a document names and nobody has."""
        known = [one.name for one in self.segments]
        for wanted in segments_named(body):
            if wanted not in known:
                text = _("there is no segment {name}{hint}")
                yield text.format(name=repr(wanted), hint=suggestion(wanted, known))
        for wanted in templates_named(body):
            if wanted not in self._templates:
                text = _("there is no template {name}{hint}")
                yield text.format(name=repr(wanted), hint=suggestion(wanted, self._templates))

    def _unasked(self, plan: Mapping[str, Any]) -> Iterator[str]:
        """Why a plan's own rule cannot be asked, and why its day is none."""
        where, node = plan.get("where"), plan.get("node")
        try:
            if where:
                rule = from_document(load_rule({"name": "audience", "where": where}))
                self._asked.check_sense(rule, self._asked.known())
            if isinstance(node, str) and not node[:1].isdigit():  # by its name in the calendar
                calendar_of(self.playbook, self._asked.clock(None).today).get(node)
        except CrmError as error:
            yield str(error)

    def _unknown(self, body: Mapping[str, Any], source: str) -> Iterator[str]:
        """What a message asks for and nobody has, and what cannot be read, by language: "(en): …"."""
        try:
            template = load_template(body, source)
        except CrmError as error:  # the shop's own may be from another time
            yield str(error)
            return
        meant = meanings(self.catalogue)
        for language in ("zh", "en"):
            frame = Frame(language, self._variables, personal(self.catalogue), meant, Words(), date.today())
            for found in lint(template, frame):
                if found.error and found.code in ("unknown", "syntax"):
                    yield f"({language}): {found.text}"


def _segments(shop: ShopLike, pack: Pack, bodies: Documents, fitting: _Fitting) -> Iterator[Fault]:
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


def _bands(shop: ShopLike, pack: Pack, bodies: Documents, fitting: _Fitting) -> Iterator[Fault]:
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


def segments_named(body: Mapping[str, Any]) -> list[str]:
    """The segments that an article explains, or the one that a campaign's plan writes to."""
    plan = body.get("body")
    named = [*(body.get("segments") or ()), plan.get("segment") if isinstance(plan, Mapping) else None]
    return [one for one in named if isinstance(one, str) and one]


def templates_named(body: Mapping[str, Any]) -> list[str]:
    """The templates that a campaign's plan takes its words from, those of its follow-ups too."""
    named = [one.get("template") for one in _words_of(body.get("body"))]
    return [one for one in named if isinstance(one, str) and one]


def _words_of(plan: object) -> Iterator[Mapping[str, Any]]:
    """What a plan says, channel by channel: first its message, then its follow-ups."""
    if not isinstance(plan, Mapping):
        return
    for turn in (plan, *(plan.get("follow_ups") or ())):
        messages = turn.get("messages") if isinstance(turn, Mapping) else None
        if isinstance(messages, Mapping):
            yield from (one for one in messages.values() if isinstance(one, Mapping))
