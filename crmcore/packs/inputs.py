"""What a pack asks the shop when it is installed: values with defaults, put in where `${name}` stands."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.packs.faults import Faults, Path, one_fault
from crmcore.packs.limits import MOST_PUT_IN
from crmcore.packs.shapes import MapOf, Plain, Record, Slug, Texts, shown
from crmcore.rules.fields import suggestion

# ${name}; written $${name} it stays as it is.
_REFERENCE = re.compile(r"(\$?)\$\{([a-z][a-z0-9_]*)\}")
INPUTS = MapOf(
    Slug(),
    Record(
        {"title": Texts(), "description": Texts(), "default": Plain(), "choices": Plain()},
        needed=("title", "default"),
    ),
)
Value = str | int | float | bool | list[str]


@dataclass(frozen=True)
class Input:
    """One question: its titles, the default (which says of what type the answer is), the choices if any."""

    name: str
    title: Mapping[str, str]
    default: Value
    description: Mapping[str, str]
    choices: tuple[Value, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The question as JSON values."""
        body: dict[str, Any] = {"title": dict(self.title), "default": self.default}
        if self.description:
            body["description"] = dict(self.description)
        return body | ({"choices": list(self.choices)} if self.choices else {})

    def answer(self, typed: str) -> Value:
        """The answer that somebody typed (`--set K=V`). Raises `UsageError` when it is of another type."""
        value: Any = typed
        if isinstance(self.default, list):
            value = _list_from(typed)
        elif not isinstance(self.default, str):
            try:
                value = json.loads(typed)
            except ValueError:
                value = None
            same = type(value) is type(self.default) or (
                isinstance(self.default, float) and type(value) is int
            )
            if not same:
                raise UsageError(
                    _("{name}: {typed} is not of the kind of {default}").format(
                        name=self.name, typed=repr(typed), default=json.dumps(self.default)
                    )
                )
        if self.choices and value not in self.choices:
            raise UsageError(
                _("{name}: {typed} is none of the choices: {choices}").format(
                    name=self.name, typed=repr(typed), choices=joined(str(one) for one in self.choices)
                )
            )
        if isinstance(value, str) and (not value.strip() or "${" in value):
            raise UsageError(_("{name}: the answer is empty, or holds ${{…}}").format(name=self.name))
        return value  # type: ignore[no-any-return]


def inputs_of(bodies: Mapping[str, Any], faults: Faults) -> dict[str, Input]:
    """The questions that a manifest's `inputs` hold."""
    found = {}
    for name, body in bodies.items():
        path: Path = ("inputs", name)
        default, choices = body["default"], body.get("choices", [])
        if not _is_value(default):
            text = _("a default is a text, a number, true or false, or a list of texts, not {value}")
            faults.add((*path, "default"), text.format(value=shown(default)))
        elif not isinstance(choices, list) or not all(_is_value(one) for one in choices):
            faults.add((*path, "choices"), _("a list belongs here, not {value}").format(value=shown(choices)))
        elif choices and default not in choices:
            faults.add((*path, "default"), _("the default is none of the choices"))
        else:
            found[name] = Input(name, body["title"], default, body.get("description", {}), tuple(choices))
    return found


def answers(inputs: Mapping[str, Input], typed: Mapping[str, str], kept: Mapping[str, Any]) -> dict[str, Any]:
    """An answer to every question: what was typed, else what the shop answered before, else the default.

    Raises `UsageError` for an answer to no question, and for one of the wrong type.
    """
    for name in typed:
        if name not in inputs:
            raise UsageError(
                _("the pack does not ask for {name}{hint}").format(
                    name=repr(name), hint=suggestion(name, inputs)
                )
            )
    found = {}
    for name, one in inputs.items():
        before = kept.get(name, one.default)
        same = type(before) is type(one.default) and (not one.choices or before in one.choices)
        found[name] = one.answer(typed[name]) if name in typed else before if same else one.default
    return found


@dataclass
class Filling:
    """Puts the answers `given` where `${name}` stands in a pack's documents.

    An answer that stands in many places makes a small pack a large one: what is put in is bounded.
    """

    given: Mapping[str, Any]
    faults: Faults
    _put: int = 0

    def fill(self, value: Any, path: Path) -> Any:
        """The value with the answers in place; a text that is only `${name}` becomes the answer itself.

        Notes what the pack does not ask for. Raises `PackError` when too much would be put in.
        """
        match value:
            case Mapping():
                return {key: self.fill(one, (*path, key)) for key, one in value.items()}
            case list():
                return [self.fill(one, (*path, place)) for place, one in enumerate(value)]
            case str() if "${" in value:
                return self._filled(value, path)
            case _:
                return value

    def _filled(self, text: str, path: Path) -> Any:
        if (whole := _REFERENCE.fullmatch(text)) and not whole[1] and whole[2] in self.given:
            answer = self.given[whole[2]]
            self._count(sum(map(len, answer)) + len(answer) if isinstance(answer, list) else 0, path)
            return answer

        def put(found: re.Match[str]) -> str:
            if found[1]:
                return found[0][1:]
            if found[2] not in self.given:
                hint = suggestion(found[2], self.given)
                told = _("the pack asks for no {name}{hint}")
                self.faults.add(path, told.format(name=repr(found[2]), hint=hint))
                return ""
            value = self.given[found[2]]
            said = "、".join(value) if isinstance(value, list) else str(value)
            self._count(len(said), path)
            return said

        return _REFERENCE.sub(put, text)

    def _count(self, size: int, path: Path) -> None:
        self._put += size
        if self._put > MOST_PUT_IN:
            text = _("with the answers put in it holds more than {most} characters of them")
            raise one_fault(text.format(most=f"{MOST_PUT_IN:,}"), self.faults.where(path))


def _list_from(typed: str) -> list[str]:
    if typed.lstrip().startswith("["):
        try:
            value = json.loads(typed)
        except ValueError:
            value = None
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return value
    return [part.strip() for part in re.split("[,，、]", typed) if part.strip()]


def _is_value(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(one, str) for one in value)
    return isinstance(value, str | int | float | bool)
