"""A rule put to a plain document, so that rules serve as queries of any TinyDB table too.

No catalogue stands behind a plain document: values are compared as they are, names are its keys (`a.b` is
the key b inside a), and what cannot be compared does not match.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmcore.errors import RuleError
from crmcore.i18n import gettext as _
from crmcore.rules.tree import All, AnyOf, Compare, Events, InSegment, Node, Not, Op, Param, Python

_ABSENT = object()


def holds(node: Node, document: Mapping[str, Any]) -> bool:
    """Whether the document satisfies the rule.

    Raises `RuleError` for segments and parameters: they mean something inside a shop only.
    """
    match node:
        case Compare():
            return _compares(node, _value(document, node.field))
        case Events():
            items = _value(document, node.stream)
            return isinstance(items, list | tuple) and any(
                isinstance(item, Mapping) and holds(node.rule, item) for item in items
            )
        case All():
            return all(holds(rule, document) for rule in node.rules)
        case AnyOf():
            return any(holds(rule, document) for rule in node.rules)
        case Not():
            return not holds(node.rule, document)
        case Python():
            value = _value(document, node.field)
            return value is not _ABSENT and value is not None and bool(node.test(value))
        case InSegment():
            raise RuleError(
                _("segment {name} is known inside a shop only: ask the shop's segments").format(
                    name=repr(node.name)
                )
            )


def _value(document: Mapping[str, Any], path: str) -> Any:
    if path in document:
        return document[path]
    value: Any = document
    for key in path.split("."):
        if not isinstance(value, Mapping) or key not in value:
            return _ABSENT
        value = value[key]
    return value


def _compares(node: Compare, value: Any) -> bool:
    wanted = node.value
    if isinstance(wanted, Param) or (isinstance(wanted, tuple) and any(isinstance(w, Param) for w in wanted)):
        raise RuleError(_("a rule with parameters is asked through the shop's segments"))
    absent = value is _ABSENT or value is None
    if node.op is Op.EXISTS:
        return absent is not bool(wanted)
    if absent:
        return False
    try:
        return _OPERATORS[node.op](value, wanted)
    except TypeError:  # values of kinds that cannot be compared
        return False


def _items(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple | set | frozenset) else ()


_OPERATORS = {
    Op.EQ: lambda value, wanted: bool(value == wanted),
    Op.NE: lambda value, wanted: bool(value != wanted),
    Op.LT: lambda value, wanted: bool(value < wanted),
    Op.LTE: lambda value, wanted: bool(value <= wanted),
    Op.GT: lambda value, wanted: bool(value > wanted),
    Op.GTE: lambda value, wanted: bool(value >= wanted),
    Op.IN: lambda value, wanted: value in wanted,
    Op.HAS: lambda value, wanted: wanted in _items(value),
    Op.ANY: lambda value, wanted: any(item in wanted for item in _items(value)),
    Op.ALL: lambda value, wanted: all(item in _items(value) for item in wanted),
    Op.BETWEEN: lambda value, wanted: bool(wanted[0] <= value < wanted[1]),
}
