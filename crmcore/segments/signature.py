"""What a kept segment means, as a text that changes when its meaning does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from crmcore.rules.bound import (
    Bound,
    Comparison,
    Cut,
    EventTest,
    Every,
    Named,
    Negation,
    OnDay,
    PythonTest,
    Some,
)
from crmcore.rules.fields import Field


def signature(bound: Bound, facts: str) -> str:
    """A hash of the settled rule and of `facts`, the signature of the figures it looks at.

    What is taken from the population is left out: that moves by itself. Of a Python test only its label is
    seen, not its code.
    """
    text = "\n".join((facts, *_parts(bound)))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def cuts(bound: Bound) -> Iterator[tuple[Field, Cut]]:
    """What the rule took from the whole population: the field, and the place in its order."""
    match bound:
        case Every(rules) | Some(rules):
            for rule in rules:
                yield from cuts(rule)
        case Negation(rule) | Named(_, rule):
            yield from cuts(rule)
        case Comparison(field, _op, Cut() as cut):
            yield field, cut
        case _:
            return


def _parts(bound: Bound) -> Iterator[str]:
    match bound:
        case Every(rules) | Some(rules):
            yield f"{type(bound).__name__}("
            for rule in rules:
                yield from _parts(rule)
            yield ")"
        case Negation(rule):
            yield "not"
            yield from _parts(rule)
        case Named(_name, rule):
            yield from _parts(rule)
        case EventTest(stream, rule, _currency):
            yield f"some {stream.name}"
            yield from _parts(rule)
        case Comparison(field, op, value):
            shown = "cut" if isinstance(value, Cut) else repr(value)
            groups = sorted(field.groups.of.items()) if field.groups else ""
            yield f"{field.name} {op} {shown} {groups}"
        case OnDay(field, op, value):
            known = field.occasions.by_name.values() if field.occasions else ()
            spans = [
                (one.name, [(p.first, p.main, p.last) for p in one.periods.values()])
                for one in known
                if one.name == field.column or field.column not in {k.name for k in known}
            ]
            yield f"{field.name} {op} {value!r} {spans}"
        case PythonTest(field, _test, label, _currency):
            yield f"{field.name} ~ {label}"
