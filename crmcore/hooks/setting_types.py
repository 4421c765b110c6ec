"""The types of settings in words: what a form, a list or a refusal says that a value should be."""

from __future__ import annotations

import dataclasses
import json
import typing
from dataclasses import dataclass
from datetime import date
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union

from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark


@dataclass(frozen=True)
class Title:
    """What a form calls a setting or a parameter: `Annotated[int, Title("提前天数", "Days ahead"), "…"]`.

    Without one the form shows its name. `--set` knows it by its name alone.
    """

    zh: str = ""
    en: str = ""


NO_TITLE = Title()
_EXPECTED = {
    int: mark("a whole number"),
    float: mark("a number"),
    str: mark("a text"),
    bool: mark("true or false"),
    date: mark("a day, such as 2026-11-20"),
}
# What one of them looks like where it stands in a list or a table.
_SAMPLES: dict[Any, object] = {int: 1, float: 0.5, str: "a", bool: True, date: "2026-11-20"}
_BOUNDS = (("ge", ">="), ("gt", ">"), ("le", "<="), ("lt", "<"))


def choices_of(declared: object) -> tuple[str, ...]:
    """What can be chosen of where the type is a `Literal`; else nothing."""
    kind, _notes, _optional = bare(declared)
    return tuple(map(str, typing.get_args(kind))) if typing.get_origin(kind) is Literal else ()


def type_name(hint: Any) -> str:
    """A type as Python writes it: `int`, `tuple[str, ...]`."""
    if hint is Any:
        return "any"
    return (
        hint.__name__
        if isinstance(hint, type) and not typing.get_args(hint)
        else str(hint).replace("typing.", "")
    )


def expected(declared: object) -> str:
    """What a value of the type should be, in the language in force: `a whole number >= 1`."""
    kind, notes, optional = bare(declared)
    if choices := choices_of(kind):
        said = _("one of {choices}").format(choices=joined(choices))
    elif kind in _EXPECTED:
        said = _(_EXPECTED[kind])
    elif kind is Any:
        said = _("JSON")
    elif isinstance(sample := _sample(kind), dict):
        said = _("a table, such as {sample}").format(sample=_text(sample))
    elif isinstance(sample, list):
        said = _("a list, such as {sample}").format(sample=_text(sample))
    else:
        said = type_name(kind)
    for note in notes:
        limits = ((sign, getattr(note, key, None)) for key, sign in _BOUNDS)
        said = " ".join([said, *(f"{sign} {limit}" for sign, limit in limits if limit is not None)])
    return _("{expected}, or null").format(expected=said) if optional else said


def bare(hint: Any) -> tuple[Any, tuple[Any, ...], bool]:
    """The type without its notes and without None; the notes; whether None is allowed."""
    notes: tuple[Any, ...] = ()
    if typing.get_origin(hint) is Annotated:
        hint, *said = typing.get_args(hint)
        notes = tuple(said)
    if typing.get_origin(hint) in (Union, UnionType):
        rest = [one for one in typing.get_args(hint) if one is not NoneType]
        if len(rest) == 1 and len(typing.get_args(hint)) == 2:
            inner, more, _optional = bare(rest[0])
            return inner, (*notes, *more), True
    return hint, notes, False


def _sample(hint: Any) -> object:
    """A value of the type, as JSON; its name where nothing is known of it."""
    kind, _notes, _optional = bare(hint)
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if kind in _SAMPLES:
        return _SAMPLES[kind]
    if origin is Literal:
        return inner[0]
    if origin in (list, tuple, set, frozenset):
        return [_sample(inner[0])] if inner else []
    if origin is dict:
        return {str(_sample(inner[0])): _sample(inner[1])}
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind, include_extras=True)
        return {one.name: _sample(hints[one.name]) for one in dataclasses.fields(kind)}
    return type_name(kind)


def _text(sample: object) -> str:
    return json.dumps(sample, ensure_ascii=False)
