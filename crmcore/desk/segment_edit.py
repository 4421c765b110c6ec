"""A segment being written: its text to begin with, what it would find, what may stand at the cursor."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, language, mark, phrases
from crmcore.rules.yaml import load_rule
from crmcore.segments.completion import FieldInfo, fitting
from crmcore.segments.preview import Previews
from crmcore.shop import Shop
from crmcore.store.stopping import Stop, StoppedError

# As many as one looks over while typing.
MOST = 8
_COMBINED = ("all", "any", "none")
_WORD = re.compile(r"[^\s:,\[\]{}\"'-][^\s:,\[\]{}\"']*$")
_KEY = re.compile(r"([A-Za-z_][\w.]*)\s*:")
_LONGEST_SAMPLE = 24
_OPERATORS = {
    "eq": mark("is"),
    "ne": mark("is not"),
    "lt": mark("less than"),
    "lte": mark("at most"),
    "gt": mark("more than"),
    "gte": mark("at least"),
    "in": mark("one of: [a, b]"),
    "has": mark("holds this one"),
    "any": mark("one of these: [a, b]"),
    "all": mark("all of these: [a, b]"),
    "exists": mark("is there: true or false"),
    "between": mark("from, up to but not: [a, b]"),
}
_TYPES = {
    "int": mark("whole number"),
    "number": mark("number"),
    "money": mark("amount"),
    "text": mark("text"),
    "instant": mark("day and time"),
    "date": mark("day"),
    "anniversary": mark("day of the year"),
    "bool": mark("yes or no"),
    "list": mark("list"),
    "days": mark("days"),
    "age": mark("years"),
    "occasion": mark("days of the calendar"),
    "events": mark("events"),
}


@dataclass(frozen=True)
class Found:
    """What a rule finds while it is being written.

    `error` says why nothing can be told (None: it can). `count` of `everybody`, off by `margin` unless it is
    0; `sample` are names of some; `milliseconds` is what it took. `notes`: where it finds nobody, what the
    rule asks for that no value is.
    """

    error: str | None = None
    count: int = 0
    everybody: int = 0
    margin: int = 0
    sample: tuple[str, ...] = ()
    milliseconds: float = 0.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hint:
    """Something that may stand at the cursor: what is put there, what it means, and what is known of it."""

    text: str
    title: str = ""
    about: str = ""


def begun(shop: Shop) -> str:
    """The text of a new segment: a rule that most shops can use, to be changed."""
    taken = {one.name for one in shop.segments.all()}
    name, number = "my_segment", 1
    while name in taken:
        number += 1
        name = f"my_segment_{number}"
    title = {"zh": "我的分群", "en": "My segment"}
    shown = title.get(language(), title["en"])
    return (
        f"name: {name}\ntitle: {{{language()}: {shown}}}\nwhere:\n  all:\n    - orders: {{gte: 2}}\n"
        "    - days_since_last_order: {gte: 90}\n"
    )


def written(shop: Shop, name: str) -> str:
    """The text of a segment there is; raises `NotFoundError`."""
    return shop.segments.as_yaml(name)


def look(previews: Previews, text: str, stop: Stop) -> Found:
    """What the rule would find now; raises `StoppedError` when it was ended."""
    try:
        document = load_rule(text)
        found = previews.look(document, stop=stop)
        notes = () if found.count else tuple(previews.never(document))
    except StoppedError:
        raise
    except CrmError as error:
        return Found(str(error))
    names = tuple(one.name or f"#{one.id}" for one in found.sample)
    margin = 0 if found.exact else found.margin
    return Found(None, found.count, found.everybody, margin, names, found.milliseconds, notes)


def replaces(shop: Shop, text: str, edited: str | None) -> str | None:
    """Whose segment keeping this text would put aside: its title; None where it is the edited one, or new."""
    document = load_rule(text)
    if document.name == edited:
        return None
    return next((one.title for one in shop.segments.all() if one.name == document.name), None)


def keep(shop: Shop, text: str) -> str:
    """Keep the segment as the shop's own; returns its name. Raises `RuleError` where it cannot be used."""
    return shop.segments.save(load_rule(text)).name


def forget(shop: Shop, name: str) -> None:
    """Forget a segment of the shop's own; raises what `Segments.remove` raises."""
    shop.segments.remove(name)


# --- what may stand at the cursor ---------------------------------------------------------------------------


def word_before(text: str) -> str:
    """The word that is being typed at the end of the text; "" after a blank or a sign."""
    found = _WORD.search(text)
    return found[0] if found else ""


def hints(fields: Sequence[FieldInfo], before: str) -> list[Hint]:
    """What may stand at the cursor, given the text `before` it; the best first.

    A field's name where a condition begins, its operators after it, values that it holds after an operator.
    """
    word = word_before(before)
    lines = before[: len(before) - len(word)].split("\n")
    if lines[-1].rstrip().endswith(("}", "]")):  # that condition is complete
        return []
    known = {one.name: one for one in fields} | {one.path: one for one in fields}
    field = _field_of(lines, known)
    on_line = _KEY.findall(lines[-1])
    if field is not None and on_line and on_line[-1] in field.operators:
        return _values(field, word)
    if field is not None and not lines[-1].rstrip().endswith("-"):
        return _operators(field, word)
    return _conditions(fields, word)


def _field_of(lines: Sequence[str], known: dict[str, FieldInfo]) -> FieldInfo | None:
    """The field of the condition: named on the line of the cursor, or on the one above that is less deep."""
    for key in reversed(_KEY.findall(lines[-1])):
        if key in known:
            return known[key]
    depth = _depth(lines[-1])
    for line in reversed(lines[:-1]):
        if line.strip() and _depth(line) < depth:
            keys = _KEY.findall(line)
            return known.get(keys[-1]) if keys and line.rstrip().endswith(":") else None
    return None


def _depth(line: str) -> int:
    bare = line.lstrip(" ")
    return len(line) - len(bare) + (2 if bare.startswith("- ") else 0)


def _conditions(fields: Sequence[FieldInfo], word: str) -> list[Hint]:
    found = [
        Hint(f"{one.path if one.stream else one.name}: ", one.title, _about(one))
        for one in (fitting(fields, word) if word else fields)
        if one.stream is None
    ]
    combined = {
        "all": _("all of these hold"),
        "any": _("one of these holds"),
        "none": _("none of these holds"),
    }
    words = [Hint(f"{one}: ", combined[one]) for one in _COMBINED if word and one.startswith(word)]
    return [*words, *found][:MOST]


def _operators(field: FieldInfo, word: str) -> list[Hint]:
    return [Hint(f"{one}: ", _(_OPERATORS.get(one, one))) for one in field.operators if one.startswith(word)]


def _values(field: FieldInfo, word: str) -> list[Hint]:
    found = [_sample(one) for one in field.samples]
    return [Hint(one, field.title) for one in found if one.startswith(word)][:MOST]


def _sample(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _about(field: FieldInfo) -> str:
    """Its type, how full it is, and some of what it holds."""
    parts = [_(_TYPES.get(field.type.value, field.type.value))]
    if field.fill is not None:
        parts.append(_("{percent}% filled").format(percent=round(100 * field.fill)))
    samples = [text[:_LONGEST_SAMPLE] for text in map(_sample, field.samples[:4])]
    if samples:
        parts.append(_("e.g. {values}").format(values=joined(samples)))
    return phrases(parts)
