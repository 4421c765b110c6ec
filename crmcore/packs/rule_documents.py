"""Segments of a pack: rules that can be read, that somebody could fulfil, and that name no absurd day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crmcore.errors import RuleError
from crmcore.i18n import gettext as _
from crmcore.packs.faults import Faults, Path
from crmcore.packs.shapes import check_year, shown
from crmcore.rules.tree import All, AnyOf, Compare, Events, InSegment, Node, Not, Op, Param, walk
from crmcore.rules.yaml import dump_rule, load_rule
from crmcore.rules.yaml_tree import load_tree

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?=$|[ T])")
_GROUPS = ("all", "any", "none")


@dataclass(frozen=True)
class RuleShape:
    """A segment's document as `crm segment check` takes it; its name is the one it stands under."""

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The document as JSON."""
        if not isinstance(value, Mapping):
            faults.add(path, _("a mapping belongs here, not {value}").format(value=shown(value)))
            return value
        name = path[-1]
        if value.get("name", name) != name:
            text = _("it stands under {name} and calls itself {other}")
            faults.add((*path, "name"), text.format(name=name, other=shown(value["name"])))
            return value
        try:
            document = load_rule({**value, "name": name})
        except RuleError as error:
            faults.add(_place_of_fault(value, path, str(error)), str(error))
            return value
        for language, text in (("zh", document.zh), ("en", document.en)):
            if not text:
                faults.add((*path, "title"), _("the {language} text is missing").format(language=language))
        _check_days(value.get("where"), (*path, "where"), faults)
        _check_days(value.get("params"), (*path, "params"), faults)
        for field in contradictions(document.tree, document.params):
            text = _("nobody can fulfil what is asked of {field}: the bounds contradict each other")
            faults.add(_place_of(field, value.get("where"), (*path, "where")), text.format(field=field))
        return dump_rule(document)


def circles(rules: Mapping[str, Node]) -> Iterator[list[str]]:
    """Segments that refer to one another in a circle, each circle once, as the way round."""
    refers = {name: [one for one in names_in(tree) if one in rules] for name, tree in rules.items()}
    done: set[str] = set()
    for start in rules:
        # Not by recursion: a stranger's chain may be as long as a pack.
        trail, waiting = [start], [iter(refers[start])]
        on_it = {start}
        while trail and start not in done:
            name = next(waiting[-1], None)
            if name is None:
                done.add(trail[-1])
                on_it.discard(trail.pop())
                waiting.pop()
            elif name in on_it:
                yield [*trail[trail.index(name) :], name]
            elif name not in done:
                trail.append(name)
                on_it.add(name)
                waiting.append(iter(refers[name]))


def names_in(node: Node) -> Iterator[str]:
    """The segments that a rule refers to."""
    yield from (one.name for one in walk(node) if isinstance(one, InSegment))


def contradictions(node: Node, params: Mapping[str, Any]) -> Iterator[str]:
    """Fields of which a rule asks what no value can be: more than 5 and less than 3."""
    match node:
        case All(rules):
            together = list(_flat(rules))
            bounds: dict[str, _Bounds] = {}
            for rule in together:
                if isinstance(rule, Compare):
                    bounds.setdefault(rule.field, _Bounds()).take(rule, params)
                else:
                    yield from contradictions(rule, params)
            yield from (field for field, one in bounds.items() if one.empty)
        case Compare():
            yield from contradictions(All((node,)), params)
        case AnyOf(rules):
            for rule in rules:
                yield from contradictions(rule, params)
        case Not(rule) | Events(_, rule):
            yield from contradictions(rule, params)


def _flat(rules: tuple[Node, ...]) -> Iterator[Node]:
    for rule in rules:
        if isinstance(rule, All):
            yield from _flat(rule.rules)
        else:
            yield rule


@dataclass
class _Bounds:
    """What the comparisons of one field leave over, as far as their values can be put in order."""

    low: Any = None
    high: Any = None
    open_low: bool = False
    open_high: bool = False

    def take(self, rule: Compare, params: Mapping[str, Any]) -> None:
        value = _ordered(params.get(rule.value.name) if isinstance(rule.value, Param) else rule.value)
        match rule.op:
            case Op.BETWEEN if isinstance(rule.value, tuple) and len(rule.value) == 2:
                low, high = (
                    _ordered(params.get(one.name) if isinstance(one, Param) else one) for one in rule.value
                )
                self._lower(low, open_=False)
                self._upper(high, open_=True)
            case Op.EQ if value is not None:
                self._lower(value, open_=False)
                self._upper(value, open_=False)
            case Op.GT | Op.GTE if value is not None:
                self._lower(value, open_=rule.op is Op.GT)
            case Op.LT | Op.LTE if value is not None:
                self._upper(value, open_=rule.op is Op.LT)

    @property
    def empty(self) -> bool:
        if self.low is None or self.high is None or type(self.low) is not type(self.high):
            return False
        return bool(self.low > self.high) or (self.low == self.high and (self.open_low or self.open_high))

    def _lower(self, value: Any, *, open_: bool) -> None:
        if value is not None and (self.low is None or type(value) is not type(self.low) or value >= self.low):
            self.open_low = open_ or (self.open_low and value == self.low)
            self.low = value

    def _upper(self, value: Any, *, open_: bool) -> None:
        if value is not None and (
            self.high is None or type(value) is not type(self.high) or value <= self.high
        ):
            self.open_high = open_ or (self.open_high and value == self.high)
            self.high = value


def _ordered(value: Any) -> Any:
    """The value in a form that compares with others of its kind; None for what has no order."""
    match value:
        case bool():
            return None
        case int() | float() | Decimal():
            return float(value)
        case datetime() | date():
            return value.isoformat()
        case str():
            return value
        case _:
            return None


def _place_of_fault(body: Mapping[str, Any], path: Path, message: str) -> Path:
    """The path of the smallest part of a rule that cannot be read."""
    if "where" not in body or _reads(body["where"]):
        return next(((*path, key) for key in body if repr(key) in message), path)
    node, path = body["where"], (*path, "where")
    while (step := _faulty(node)) is not None:
        for key in step:
            node = node[key]
        path = (*path, *step)
    return path


def _faulty(node: Any) -> Path | None:
    """The step into a rule that leads to what cannot be read; None when it is the node itself, or nothing."""
    if not isinstance(node, Mapping):
        return None
    for key, value in node.items():
        if _reads({key: value}):
            continue
        if key in _GROUPS and isinstance(value, list):
            return next(((key, i) for i, one in enumerate(value) if not _reads(one)), (key,))
        return (key,) if isinstance(value, Mapping) else None
    return None


def _reads(node: Any) -> bool:
    try:
        load_tree(node)
    except RuleError:
        return False
    return True


def _place_of(field: str, node: Any, path: Path) -> Path:
    """Where a field is asked about first."""
    found = next(_places(field, node, path), None)
    return found or path


def _places(field: str, node: Any, path: Path) -> Iterator[Path]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == field:
                yield (*path, key)
            yield from _places(field, value, (*path, key))
    elif isinstance(node, list):
        for place, one in enumerate(node):
            yield from _places(field, one, (*path, place))


def _check_days(value: Any, path: Path, faults: Faults) -> None:
    match value:
        case Mapping():
            for key, one in value.items():
                _check_days(one, (*path, key), faults)
        case list():
            for place, one in enumerate(value):
                _check_days(one, (*path, place), faults)
        case datetime():
            check_year(value.date(), path, faults)
        case date():
            check_year(value, path, faults)
        case str() if _DAY.match(value):
            try:
                check_year(date.fromisoformat(value[:10]), path, faults)
            except ValueError:
                faults.add(path, _("there is no day {day}").format(day=value[:10]))
