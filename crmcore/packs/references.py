"""What a document of the playbook refers to: other documents that must go along, and plugins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from crmcore.errors import CrmError, RuleError
from crmcore.messages.rendering import names_in as variables_in
from crmcore.messages.template import load_template
from crmcore.messages.variables import meanings
from crmcore.packs.named import articles_named, segments_named, templates_named
from crmcore.packs.rule_documents import names_in
from crmcore.playbook.playbook import Entry
from crmcore.regions.regions import TABLE as CITY_TIERS
from crmcore.rules.catalogue import Catalogue
from crmcore.rules.fields import Field, Fields
from crmcore.rules.tree import All, AnyOf, Compare, Events, Node, Not
from crmcore.rules.yaml import load_rule
from crmcore.rules.yaml_tree import load_tree

Key = tuple[str, str]  # family, name
_OF_REPORTS = ("presets", "dashboards", "benchmarks")


@dataclass(frozen=True)
class References:
    """Reads what documents refer to. `entries` is the whole playbook, `catalogue` what rules may compare.

    `brought` says which plugin brings what: ("segments", name), ("reports", name).
    """

    entries: Mapping[Key, Entry]
    catalogue: Catalogue
    brought: Mapping[Key, str]

    def needed(self, entry: Entry) -> Iterator[Entry]:
        """The documents without which this one would not work elsewhere, and those that these need."""
        waiting, seen = [entry], {(entry.family, entry.name)}
        while waiting:
            for key in self._of(waiting.pop()):
                other = self.entries.get(key)
                if other is not None and key not in seen:
                    seen.add(key)
                    waiting.append(other)
                    yield other

    def plugins(self, entry: Entry) -> Iterator[str]:
        """The plugins without which the document would not work."""
        if entry.family == "settings":
            yield entry.name
        for key in (*self._segments_of(entry), *_reports_of(entry)):
            if key not in self.entries and key in self.brought:
                yield self.brought[key]
        for field, _value in self._fields_of(entry):
            if field.source != "crmcore" and not any(key in self.entries for key in _behind(field)):
                yield field.source

    def _of(self, entry: Entry) -> Iterator[Key]:
        for key in self._segments_of(entry):
            yield key
            if key not in self.entries:  # one that bands make
                yield "bands", key[1].rpartition("_")[0]
        if entry.family == "articles":
            yield from (("articles", name) for name in articles_named(entry.body))
        if entry.family == "campaigns":
            yield from (("templates", name) for name in templates_named(entry.body))
        for field, value in self._fields_of(entry):
            yield from _behind(field)
            if field.occasions is not None:
                yield from _days_named(value)

    def _segments_of(self, entry: Entry) -> Iterator[Key]:
        named = segments_named(entry.body) if entry.family in ("articles", "campaigns") else ()
        for name in (*named, *(name for tree in _rules(entry) for name in names_in(tree))):
            yield "segments", name

    def _fields_of(self, entry: Entry) -> Iterator[tuple[Field, Any]]:
        """The fields that a document asks for, with the value that each is compared with."""
        for tree in _rules(entry):
            yield from _compared(tree, self.catalogue)
        names = [str(entry.body.get("field"))] if entry.family == "bands" else []
        names += _variables(entry, self.catalogue) if entry.family == "templates" else []
        yield from ((self.catalogue.get(name), None) for name in names if name in self.catalogue)


def _behind(field: Field) -> Iterator[Key]:
    """The documents that a field may come from: own fields, days of the calendar, the table of cities."""
    yield ("calendars" if field.of_the_day else "fields"), field.column
    if field.groups is not None:
        yield "regions", CITY_TIERS


def _days_named(value: Any) -> Iterator[Key]:
    """The days of the calendar in a value: "double_11", "double_11 2025", a list of them."""
    for one in value if isinstance(value, tuple) else (value,):
        if isinstance(one, str):
            yield "calendars", one.strip().partition(" ")[0]


def _rules(entry: Entry) -> Iterator[Node]:
    """The rules in a document; one that cannot be read is told by whoever checks it."""
    plan = entry.body.get("body")
    with suppress(RuleError):
        if entry.family == "segments":
            yield load_rule(entry.body).tree
        elif entry.family == "campaigns" and isinstance(plan, Mapping) and plan.get("where"):
            yield load_tree(plan["where"])


def _compared(node: Node, fields: Fields) -> Iterator[tuple[Field, Any]]:
    """Every field that a rule compares, with the value; those that nobody here knows are left out."""
    match node:
        case Compare(name, _op, value) if name in fields:
            yield fields.get(name), value
        case All(rules) | AnyOf(rules):
            for rule in rules:
                yield from _compared(rule, fields)
        case Not(rule):
            yield from _compared(rule, fields)
        case Events(name, rule) if isinstance(fields, Catalogue) and name in fields.streams:
            yield from _compared(rule, fields.streams[name].fields)


def _variables(entry: Entry, catalogue: Catalogue) -> set[str]:
    """The names that a message prints, but for its own values."""
    found: set[str] = set()
    with suppress(CrmError):
        template, meant = load_template(entry.body), meanings(catalogue)
        for language in ("zh", "en"):
            found |= variables_in(template, meant, language)
        found -= template.values.keys()
    return found


def _reports_of(entry: Entry) -> Iterator[Key]:
    tiles = entry.body.get("tiles")
    for asked in (entry.body, *(tiles if isinstance(tiles, list) else ())):
        if entry.family in _OF_REPORTS and isinstance(asked, Mapping) and "report" in asked:
            yield "reports", str(asked["report"])
