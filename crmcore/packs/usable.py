"""What of a shop could be used if other documents were its playbook's; no act takes away what others use."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Protocol

from crmcore.calendar.calendar import calendar_of
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.messages.lint import Frame, lint
from crmcore.messages.template import PARTS, load_template
from crmcore.messages.variables import meanings, personal, variables
from crmcore.messages.words import Words
from crmcore.packs.bounds import bounds_of, out_of_bounds
from crmcore.packs.faults import Fault, PackError
from crmcore.packs.named import articles_named, segments_named, templates_named, words_of
from crmcore.packs.overlay import Edited, segments_over
from crmcore.playbook.playbook import OWN, Playbook
from crmcore.playbook.playbook import Documents as Tables
from crmcore.rules.fields import suggestion
from crmcore.rules.yaml import load_rule
from crmcore.segments.definitions import from_document
from crmcore.store import campaign_rows

# A campaign that is over has no more use for what it was made of.
_NOT_OVER = ("draft", "scheduled", "running", "paused")
# The families that others are built on: what of them goes, or says something else, may be missed elsewhere.
_BUILT_ON = ("segments", "templates", "calendars", "bands", "regions", "fields", "settings", "articles")


class ShopLike(Protocol):
    """What is asked of the shop."""

    @property
    def database(self) -> Any: ...  # noqa: D102
    @property
    def documents(self) -> Any: ...  # noqa: D102
    @property
    def segments(self) -> Any: ...  # noqa: D102
    @property
    def plugins(self) -> Any: ...  # noqa: D102
    def catalogue_over(self, playbook: Playbook) -> Any: ...  # noqa: D102
    def sources_over(self, playbook: Playbook) -> Any: ...  # noqa: D102
    def plugin_rules_over(self, playbook: Playbook) -> Any: ...  # noqa: D102


def refuse_breaking(shop: ShopLike, family: str, name: str, body: Mapping[str, Any] | None) -> None:
    """Raise `PackError`, naming each, when others could not be used with this document of the shop's own.

    None: with none of that name. Whether the document itself can be used is for who saves it to say.
    """
    if family not in _BUILT_ON:
        return
    item = f"{family}/{name}"
    broken = newly_unusable(shop, Edited(shop.documents, family, name, body))
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

    Segments that cannot be asked, or ask for what no value of a field is; articles, plans and campaigns that
    are not over that name a segment, template, article or day which is not there; messages with a variable
    that nobody has.
    """
    fitting = Fitting(shop, documents)
    found = {f"segments/{one.name}": one.error for one in fitting.segments if one.error}
    bounds = bounds_of(fitting.playbook, fitting.catalogue)
    for one in fitting.segments:
        for reason in out_of_bounds(one.definition.tree, one.params, bounds):
            found.setdefault(f"segments/{one.name}", reason)
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
        self._reports = {report.name for _plugin, report in shop.plugins.reports().values}

    def wrong(self, family: str, body: Mapping[str, Any], source: str) -> Iterator[str]:
        """What keeps an article, a plan or a template from being used, a sentence each."""
        if family == "templates":
            yield from self._unknown(body, source)
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
            if wanted not in self._articles and wanted not in known and wanted not in self._reports:
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
            frame = Frame(language, known, personal(self.catalogue), meant, Words(), date.today())
            for found in lint(template, frame):
                if found.error and found.code in ("unknown", "syntax"):
                    yield f"({language}): {found.text}"
