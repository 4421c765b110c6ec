"""What of a shop could be used if other documents were its playbook's; no act takes away what others use."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from crmcore.analytics.reports import parameters_of
from crmcore.analytics.tiles import tile_from
from crmcore.calendar.calendar import calendar_of
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.messages.lint import Frame, lint
from crmcore.messages.template import PARTS, load_template
from crmcore.messages.variables import meanings, personal, variables
from crmcore.messages.words import Words
from crmcore.packs.faults import Fault, PackError
from crmcore.packs.named import articles_named, segments_named, templates_named, words_of
from crmcore.packs.overlay import AsIf, Edited, segments_over
from crmcore.playbook.playbook import OWN, Playbook
from crmcore.playbook.playbook import Documents as Tables
from crmcore.rules.fields import suggestion
from crmcore.rules.yaml import load_rule
from crmcore.segments.bounds import bounds_of, out_of_bounds
from crmcore.segments.definitions import from_document
from crmcore.store import campaign_rows

if TYPE_CHECKING:
    from crmcore.records.clock import Clock
    from crmcore.store.database import Database

# A campaign that is over has no more use for what it was made of.
_NOT_OVER = ("draft", "scheduled", "running", "paused")
# The families whose documents name what others bring.
_NAMING = ("articles", "campaigns", "templates", "presets", "dashboards")
# The families that others are built on: what of them goes, or says something else, may be missed elsewhere.
_BUILT_ON = ("segments", "templates", "calendars", "bands", "regions", "fields", "settings", "articles")


class ShopLike(AsIf, Protocol):
    """What is asked of the shop."""

    @property
    def database(self) -> Database: ...  # noqa: D102
    @property
    def documents(self) -> Any: ...  # noqa: D102
    def clock(self) -> Clock: ...  # noqa: D102


def refuse_breaking(shop: ShopLike, family: str, name: str, body: Mapping[str, Any] | None) -> None:
    """Raise `PackError`, naming each, when others could not be used with this document of the shop's own.

    None: with none of that name. Whether the document itself can be used is for who saves it to say.
    """
    if family not in _BUILT_ON and (body is not None or family not in _NAMING):
        return
    item = f"{family}/{name}"
    broken = newly_unusable(shop, Edited(shop.documents, family, name, body))
    if body is None and (reason := dict(broken).get(item)):  # a pack's shows again
        text = _("yours goes before one that cannot be used: {reason}")
        raise PackError([Fault(item, text.format(reason=reason))])
    if faults := [Fault("", f"{key}: {reason}") for key, reason in broken if key != item]:
        text = _("{item} is used: change first what would not work any more")
        raise PackError([Fault("", text.format(item=item)), *faults])


def newly_unusable(shop: ShopLike, documents: Tables) -> list[tuple[str, str]]:
    """What can be used now and could not be if these were the playbook's documents: (FAMILY/NAME, reason)."""
    after = unusable(shop, documents)
    if not after:  # as nearly always: then nobody need look at what there is now
        return []
    before = unusable(shop, shop.documents)
    return sorted((key, reason) for key, reason in after.items() if key not in before)


def unusable(shop: ShopLike, documents: Tables) -> dict[str, str]:
    """What could not be used if these were the playbook's documents: FAMILY/NAME -> the reason.

    Segments that cannot be asked, or (but for plugins') ask for what no value of a field is; articles, plans
    and campaigns that are not over that name a segment, template, article or day which is not there; messages
    with a variable that nobody has; kept reports and tiles of a report that is not there.
    """
    fitting = Fitting(shop, documents)
    found = {f"segments/{one.name}": one.error for one in fitting.segments if one.error}
    bounds = bounds_of(fitting.playbook, fitting.catalogue)
    for one in fitting.segments:
        if one.document is None:  # a plugin's: it is nobody's here to change, and finds nobody (`remarks`)
            continue
        for _field, reason in out_of_bounds(one.definition.tree, one.params, bounds):
            found.setdefault(f"segments/{one.name}", reason)
    for family in _NAMING:
        for entry in fitting.playbook.all(family):
            for reason in fitting.wrong(family, entry.body, entry.source):
                found.setdefault(f"{family}/{entry.name}", reason)
    for key, body in campaigns_not_over(shop):
        for reason in fitting.wrong("campaigns", body, OWN):
            found.setdefault(key, reason)
    return found


def campaigns_not_over(shop: ShopLike) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The campaigns that were made and are not over: how a message calls each, and its plan as a document."""
    with shop.database.read() as connection:
        made = campaign_rows.all_of(connection, _NOT_OVER)
    for row in made:
        yield _("the campaign {name}").format(name=row.name), {"body": json.loads(row.body)}


class Fitting:
    """What documents name and say, held against a shop with these documents in its playbook."""

    def __init__(self, shop: ShopLike, documents: Tables) -> None:
        self.playbook = Playbook(documents)
        self._asked = segments_over(shop, documents)
        self.catalogue = self._asked.catalogue()
        self.segments = self._asked.all()
        self._templates = [entry.name for entry in self.playbook.all("templates")]
        self._articles = [entry.name for entry in self.playbook.all("articles")]
        self._variables = variables(self.catalogue)
        reports = shop.plugins_over(self.playbook).reports().values
        self.reports = {report.name: (plugin, report) for plugin, report in reports}
        self._today = shop.clock().today

    def wrong(self, family: str, body: Mapping[str, Any], source: str) -> Iterator[str]:
        """What keeps an article, a plan, a template, a kept report or a dashboard from being used."""
        if family == "templates":
            yield from self._unknown(body, source)
            return
        if family in ("presets", "dashboards"):
            yield from self._not_asked(body.get("tiles", ()) if family == "dashboards" else (body,))
            return
        yield from self._missing(body)
        plan = body.get("body")
        if isinstance(plan, Mapping):
            yield from self._unasked(plan)
            for words in words_of(plan):
                if words.get("text"):
                    parts = {part: words[part] for part in PARTS if words.get(part)}
                    yield from self._unknown({"name": "words", "purpose": "service", **parts}, source)

    def _missing(self, body: Mapping[str, Any]) -> Iterator[str]:
        """The segments, templates and articles that a document names and nobody has."""
        known = [one.name for one in self.segments]
        for wanted in articles_named(body):
            if wanted not in self._articles and wanted not in known and wanted not in self.reports:
                text = _("there is no article {name}{hint}")
                yield text.format(name=repr(wanted), hint=suggestion(wanted, self._articles))
        for wanted in segments_named(body):
            if wanted not in known:
                text = _("there is no segment {name}{hint}")
                yield text.format(name=repr(wanted), hint=suggestion(wanted, known))
        for wanted in templates_named(body):
            if wanted not in self._templates:
                text = _("there is no template {name}{hint}")
                yield text.format(name=repr(wanted), hint=suggestion(wanted, self._templates))

    def _not_asked(self, asked: object) -> Iterator[str]:
        """Why reports cannot be asked for like that: there is no such report, or not with these values."""
        for one in asked if isinstance(asked, list | tuple) else ():
            try:
                tile = tile_from(
                    {**one, "what": one.get("what", "figure")} if isinstance(one, Mapping) else one
                )
                if tile.report not in self.reports:
                    text = _("there is no report {name}{hint}")
                    hint = suggestion(tile.report, list(self.reports), see="crm report list")
                    yield text.format(name=repr(tile.report), hint=hint)
                    continue
                parameters_of(*self.reports[tile.report], tile.typed)
            except CrmError as error:
                yield str(error)

    def _unasked(self, plan: Mapping[str, Any]) -> Iterator[str]:
        """Why a plan's rule, or its segment with its values, cannot be asked, and why its day is none."""
        where, node, params = plan.get("where"), plan.get("node"), plan.get("params")
        segment = next((one for one in self.segments if one.name == plan.get("segment")), None)
        try:
            if segment is not None and not segment.error and isinstance(params, Mapping):
                self._asked.check_sense(segment, self._asked.known(), params)
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
        known = self._variables if source == OWN else self._variables - {"extra"}  # no pack looks into that
        for language in ("zh", "en"):
            frame = Frame(language, known, personal(self.catalogue), meant, Words(), self._today)
            for found in lint(template, frame):
                if found.error and found.code in ("unknown", "syntax"):
                    yield f"({language}): {found.text}"
