"""Which segments a shop has: those it wrote itself, those of its packs, and those its plugins bring.

The first two are YAML documents of the playbook; one that has the name of a plugin's takes its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from crmcore.errors import RuleError
from crmcore.hooks.facts import SegmentRule
from crmcore.i18n import gettext as _
from crmcore.i18n import title_of
from crmcore.playbook.playbook import OWN, Documents, Entry, Playbook
from crmcore.rules.bind import Definition
from crmcore.rules.fields import suggestion
from crmcore.rules.tree import All, TopShare
from crmcore.rules.yaml import RuleDocument, load_rule
from crmcore.segments.bands import band_segments

FAMILY = "segments"  # of the playbook


@dataclass(frozen=True)
class Segment:
    """One segment: its slug, titles, who brings it ("shop", a pack or a plugin), and its rule.

    `error` says in one line why it cannot be used, None when it can.
    """

    name: str
    zh: str
    en: str
    source: str
    definition: Definition
    description: Mapping[str, str] = field(default_factory=dict)
    document: RuleDocument | None = None
    error: str | None = None

    @property
    def title(self) -> str:
        """The title in the language in force, else the slug."""
        return title_of(self.zh, self.en) or self.name

    @property
    def params(self) -> Mapping[str, Any]:
        """The rule's parameters with their defaults."""
        return self.definition.params


def known_segments(
    documents: Documents, plugin_rules: Iterable[tuple[str, SegmentRule]]
) -> dict[str, Segment]:
    """Every segment by name: the shop's own, those of packs, those of bands, the plugins' in their order."""
    playbook, brought = Playbook(documents), list(plugin_rules)
    found = {entry.name: _of_entry(entry) for entry in playbook.all(FAMILY)}
    for document, source in band_segments(playbook, {plugin for plugin, _rule in brought}):
        found.setdefault(document.name, from_document(document, source))
    for plugin, rule in brought:
        found.setdefault(rule.name, _of_plugin(plugin, rule))
    return found


def from_document(document: RuleDocument, source: str = OWN) -> Segment:
    """The segment that YAML describes, the shop's own or a pack's."""
    definition = Definition(document.tree, document.params)
    named = Segment(document.name, document.zh, document.en, source, definition, document.description)
    return replace(named, document=document)


def with_values(segment: Segment, values: Mapping[str, Any]) -> dict[str, Any]:
    """The segment's parameters with these values over the defaults; `RuleError` for one it has not.

    A text stands for what it looks like (`--set from=30`) unless the default is text; a number given for a
    top share is the share.
    """
    params = dict(segment.params)
    for name, value in values.items():
        if name not in params:
            raise RuleError(
                _("segment {segment} has no parameter {name}{hint}").format(
                    segment=segment.name, name=repr(name), hint=suggestion(name, params)
                )
            )
        params[name] = _like(params[name], value)
    return params


def _like(default: Any, value: Any) -> Any:
    if isinstance(value, str) and not isinstance(default, str):
        with suppress(ValueError):  # a day, or a word: it stays text
            value = json.loads(value)
    if isinstance(default, TopShare) and isinstance(value, int | float):
        return replace(default, share=float(value))
    return value


def _of_plugin(plugin: str, rule: SegmentRule) -> Segment:
    description = {"en": rule.description} if rule.description else {}
    return Segment(
        rule.name, rule.zh, rule.en, plugin, Definition(rule.rule.tree, dict(rule.params)), description
    )


def _of_entry(entry: Entry) -> Segment:
    try:
        return from_document(load_rule(entry.body), entry.source)
    except RuleError as error:  # a newer version wrote it, or somebody by hand
        return Segment(entry.name, "", "", entry.source, Definition(All(())), error=str(error))
