"""Fields that hold a few values only, and rules that ask for others: nobody would meet them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.playbook.own_fields import own_fields
from crmcore.playbook.playbook import Playbook
from crmcore.rules.catalogue import Catalogue
from crmcore.rules.tree import Compare, Node, Op, Param, walk

_ONE_OF = (Op.EQ, Op.NE, Op.IN, Op.HAS, Op.ANY, Op.ALL)
_SHOWN = 12  # of the values, in a message

# field -> the only values it can have, as they are written
Bounds = Mapping[str, tuple[str, ...]]


def bounds_of(playbook: Playbook, catalogue: Catalogue) -> Bounds:
    """The choices of the shop's own fields, and what the table of regions knows: tiers, parts."""
    whose = {one.name: one.source for one in catalogue}  # a fact of that name goes before a field
    own = (one for one in own_fields(playbook) if one.choices and whose.get(one.name) == one.source)
    found = {one.name: one.choices for one in own}
    groups = {one.name: one.groups.of.values() for one in catalogue if one.groups is not None}
    return found | {name: tuple(sorted({str(one) for one in values})) for name, values in groups.items()}


def out_of_bounds(rule: Node, params: Mapping[str, Any], bounds: Bounds) -> Iterator[tuple[str, str]]:
    """What a rule asks of such fields that none of their values is: the field and a sentence each."""
    for test in walk(rule):
        if not isinstance(test, Compare) or test.op not in _ONE_OF:
            continue
        allowed = bounds.get(test.field)
        if allowed is None:
            continue
        given = params.get(test.value.name) if isinstance(test.value, Param) else test.value
        for one in given if isinstance(given, list | tuple) else (given,):
            value = params.get(one.name) if isinstance(one, Param) else one
            if str(value) not in allowed:
                text = _("{field} takes one of {choices}, not {text}")
                choices = joined(allowed[:_SHOWN])
                yield test.field, text.format(field=test.field, choices=choices, text=repr(value))
