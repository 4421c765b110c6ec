"""What stands under `where`: read into a tree, and written back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crmcore.errors import RuleError
from crmcore.i18n import gettext as _
from crmcore.rules.fields import suggestion
from crmcore.rules.names import check_slug
from crmcore.rules.tree import All, AnyOf, Compare, Events, InSegment, Node, Not, Op, Param, Python

_GROUPS = ("all", "any", "none")


def load_tree(node: Any) -> Node:
    """The rule under `where`: a group, a segment, or facts with their operators. Raises `RuleError`."""
    if not isinstance(node, Mapping) or not node:
        raise RuleError(
            _("a condition looks like {{orders: {{gte: 3}}}} or {{all: […]}}, not like {node}").format(
                node=repr(node)
            )
        )
    parts = [part for key, value in node.items() for part in _entry(key, value)]
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _entry(key: Any, value: Any) -> Iterator[Node]:
    if key == "segment":
        yield InSegment(check_slug(value))
    elif key in _GROUPS:
        if not isinstance(value, list):
            raise RuleError(_("{key} takes a list of conditions, each beginning with -").format(key=key))
        rules = tuple(load_tree(one) for one in value)
        yield All(rules) if key == "all" else AnyOf(rules) if key == "any" else Not(AnyOf(rules))
    elif not isinstance(key, str):
        raise RuleError(_("{key} is no name of a fact").format(key=repr(key)))
    elif not isinstance(value, Mapping) or not value:
        raise RuleError(
            _("{field} needs an operator: {field}: {{eq: {value}}}").format(field=key, value=value)
        )
    else:
        for op, operand in value.items():
            yield _condition(key, op, operand)


def _condition(name: str, op: Any, operand: Any) -> Node:
    if op not in list(Op):
        raise RuleError(
            _("{op} is no operator{hint}").format(
                op=repr(op), hint=suggestion(str(op), [one.value for one in Op])
            )
        )
    if op == Op.ANY and isinstance(operand, Mapping):
        return Events(name, load_tree(operand))
    if op == Op.ANY and isinstance(operand, list) and any(isinstance(one, Mapping) for one in operand):
        # Conditions, not values: all of them hold of one and the same event.
        return Events(name, load_tree({"all": operand}))
    if isinstance(operand, Mapping) or operand is None:
        raise RuleError(_("{op} of {field} needs a value").format(op=op, field=name))
    return Compare(name, Op(op), _value(operand))


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_value(one) for one in value)
    if isinstance(value, str) and value.startswith("$"):
        return value[1:] if value.startswith("$$") else Param(value[1:])
    return value


def dump_tree(node: Node) -> dict[str, Any]:
    """What stands under `where`. Raises `RuleError` for Python tests, which YAML cannot say."""
    match node:
        case Compare(name, op, value):
            return {name: {op.value: dumped(value)}}
        case Events(stream, rule):
            return {stream: {"any": dump_tree(rule)}}
        case All(rules):
            return {"all": [dump_tree(rule) for rule in rules]}
        case AnyOf(rules):
            return {"any": [dump_tree(rule) for rule in rules]}
        case Not(AnyOf(rules)):
            return {"none": [dump_tree(rule) for rule in rules]}
        case Not(rule):
            return {"none": [dump_tree(rule)]}
        case InSegment(name):
            return {"segment": name}
        case Python(name, _test, label):
            raise RuleError(
                _("{label} on {field} is Python, which YAML and packs cannot carry: use operators").format(
                    label=repr(label), field=name
                )
            )


def dumped(value: Any) -> Any:
    """A value as plain JSON: days and times as text, references as $name."""
    match value:
        case Param(name):
            return f"${name}"
        case str():
            return f"${value}" if value.startswith("$") else value
        case list() | tuple():
            return [dumped(one) for one in value]
        case datetime():
            return value.isoformat(sep=" ")
        case date():
            return value.isoformat()
        case Decimal():
            return int(value) if value == int(value) else float(value)
        case _:
            return value
