"""A field of the shop's own: what it is called, of which type it is, and how a typed value is kept.

Values stand in a customer's record as text, in one form for each type, so that rules can compare them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import title_of

TYPES = ("text", "int", "number", "money", "date", "bool", "list")
BETWEEN = "、"  # stands between the parts of a list
_APART = re.compile(r"[,，、;；]")
_YES, _NO = ("true", "yes", "y", "1", "是", "有"), ("false", "no", "n", "0", "否", "无")
_LARGEST = 10**12  # what is more than that no shop counts


@dataclass(frozen=True)
class OwnField:
    """One field; `choices` are the only values it takes, () for any. `source` is "shop" or a pack."""

    name: str
    type: str = "text"
    zh: str = ""
    en: str = ""
    description: str = ""
    choices: tuple[str, ...] = ()
    source: str = "shop"

    @property
    def title(self) -> str:
        """The title in the language in force, the name where there is none."""
        return title_of(self.zh, self.en) or self.name

    @property
    def key(self) -> str:
        """What it is called in a profile: `extra.NAME`."""
        return f"extra.{self.name}"

    def clean(self, text: str) -> str:
        """A typed value as it is kept; raises `UsageError` saying what belongs here."""
        if self.type == "list":
            parts = [self._chosen(one.strip()) for one in _APART.split(text) if one.strip()]
            return BETWEEN.join(dict.fromkeys(parts))
        return self._chosen(_READERS.get(self.type, _text)(text.strip(), self.title))

    def _chosen(self, text: str) -> str:
        if not self.choices or text in self.choices:
            return text
        same = {one.casefold(): one for one in self.choices}
        if text.casefold() in same:
            return same[text.casefold()]
        near = difflib.get_close_matches(text, self.choices, 1)
        raise UsageError(
            _("{field} takes one of {choices}, not {text}").format(
                field=self.title, choices=BETWEEN.join(near or self.choices[:12]), text=repr(text)
            )
        )


def _whole(text: str, title: str) -> str:
    bare = text.replace(",", "")
    if not re.fullmatch(r"-?\d{1,12}", bare):
        raise UsageError(_("{field} takes a whole number, not {text}").format(field=title, text=repr(text)))
    return str(int(bare))


def _number(text: str, title: str) -> str:
    try:
        value = Decimal(text.replace(",", "").strip("¥￥$ "))
        if not value.is_finite() or abs(value) >= _LARGEST:
            raise InvalidOperation
    except InvalidOperation:
        raise UsageError(
            _("{field} takes a number, not {text}").format(field=title, text=repr(text))
        ) from None
    return f"{round(value, 6).normalize():f}"


def _day(text: str, title: str) -> str:
    try:
        year, month, day = re.split(r"[-/.年月]", text.rstrip("日"))
        return date(int(year), int(month), int(day)).isoformat()
    except (ValueError, OverflowError):  # no year that a calendar has; one of a dozen digits
        raise UsageError(
            _("{field} takes a day such as 2026-11-11, not {text}").format(field=title, text=repr(text))
        ) from None


def _yes_or_no(text: str, title: str) -> str:
    if text.lower() in _YES:
        return "true"
    if text.lower() in _NO:
        return "false"
    raise UsageError(_("{field} takes yes or no, not {text}").format(field=title, text=repr(text)))


def _text(text: str, _title: str) -> str:
    return text


_READERS: dict[str, Callable[[str, str], str]] = {
    "text": _text, "int": _whole, "number": _number, "money": _number, "date": _day, "bool": _yes_or_no,
}  # fmt: skip


def keyed(fields: Sequence[OwnField]) -> dict[str, OwnField]:
    """The fields by what they are called in a profile: `extra.NAME`."""
    return {one.key: one for one in fields}
