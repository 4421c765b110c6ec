"""The language of templates: Jinja2 in its sandbox, cut down to what a message needs.

A template may come from a stranger's pack. It may print values, choose between texts and go through a list;
it may not call anything, keep anything, or load anything. What it can still do, nested loops without end, is
ended from outside (`rendering`). Every filter is ours and bounded, so that no step of a rendering grows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from jinja2 import Undefined, nodes
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.messages.template import TemplateError

# No text in a rendering may be longer than this, at any step.
LONGEST = 500_000
# Nobody's message goes through lists of lists of lists; Python itself stops at 20.
DEEPEST_LOOPS = 15
# Python stops at 200 brackets within one another (each filter, and, + makes one) and at 100 levels of if and
# for; what it would not take must be told before somebody wants to send it.
DEEPEST, DEEPEST_CHOICES = 150, 50
_LONG_NUMBER = re.compile(r"\d[\d_]{4000}")

_NODES = (
    *(
        nodes.Template,
        nodes.Output,
        nodes.TemplateData,
        nodes.Const,
        nodes.Name,
        nodes.Getattr,
        nodes.Getitem,
    ),
    *(nodes.If, nodes.CondExpr, nodes.For, nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand),
    *(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Neg, nodes.Pos, nodes.Concat),
    *(nodes.Filter, nodes.Test, nodes.Tuple, nodes.List),
)
# What Jinja itself keeps under a name; nothing of a message.
_JINJAS_OWN = ("self", "super", "caller", "varargs", "kwargs")
_TESTS = (
    "defined",
    "undefined",
    "none",
    "number",
    "string",
    "odd",
    "even",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "in",
)


class Absent(Undefined):
    """A value that she has not: false where it is asked about, an error where it would be printed."""

    __slots__ = ()
    __str__ = Undefined._fail_with_undefined_error
    __iter__ = Undefined._fail_with_undefined_error
    __len__ = Undefined._fail_with_undefined_error


class Language(ImmutableSandboxedEnvironment):
    """The environment that templates are read and written out in; `spoken` is "zh" or "en"."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//"})

    def __init__(self, spoken: str, *, html: bool = False) -> None:
        super().__init__(
            undefined=Absent,
            autoescape=html,
            optimized=False,  # nothing of a template is worked out before it is written out, with its limits
            finalize=lambda value: shown(value, spoken),
        )
        self.globals.clear()
        self.filters = _filters(spoken)
        self.tests = {name: self.tests[name] for name in _TESTS}

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Numbers are reckoned with; + joins texts as well. "x" * 1000000 is no message."""
        if _numbers(left, right):
            exact = isinstance(left, Decimal) or isinstance(right, Decimal)
            pair = (Decimal(str(left)), Decimal(str(right))) if exact else (left, right)
            return _bounded(super().call_binop(context, operator, *pair))
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return _bounded(left + right)
        for one in (left, right):
            if isinstance(one, Absent):
                str(one)  # its own error names it
        raise SecurityError(_("{operator} is for numbers").format(operator=operator))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`at.year`, `loop.index`, `extra.wechat`; nothing of Python's own."""
        if isinstance(obj, Mapping):
            return self.getitem(obj, attribute)
        day = isinstance(obj, date) and attribute in ("year", "month", "day", "hour", "minute")
        if day or (isinstance(obj, LoopContext) and attribute in ("index", "first", "last", "length")):
            found = getattr(obj, attribute, None)  # a date has no hour
            return self.undefined(obj=obj, name=attribute) if found is None else found
        return self.unsafe_undefined(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`tags[0]`, `extra['微信号']`."""
        mapping = isinstance(obj, Mapping) and isinstance(argument, str)
        if mapping or (isinstance(obj, str | list | tuple) and isinstance(argument, int)):
            try:
                return obj[argument]
            except LookupError:
                return self.undefined(obj=obj, name=argument)
        return self.unsafe_undefined(obj, str(argument))

    def parsed(self, source: str) -> nodes.Template:
        """The template's tree; raises `TemplateError` for what is no template, or does too much."""
        try:
            tree = self.parse(source)
        except TemplateSyntaxError as error:
            raise TemplateError(
                _("line {line}: {reason}").format(line=error.lineno, reason=_not_understood(error))
            ) from None
        except RecursionError:
            raise TemplateError(_("it is nested too deeply")) from None
        except ValueError:  # Python reads no number of thousands of digits
            found = _LONG_NUMBER.search(source)
            raise _number_too_large(source.count("\n", 0, found.start() if found else 0) + 1) from None
        for place in _walked(tree):
            self._check(place.node, place.line)
            if place.loops > DEEPEST_LOOPS:
                text = _("line {line}: more than {most} loops stand within one another")
                raise TemplateError(text.format(line=place.line, most=DEEPEST_LOOPS))
            if place.depth > DEEPEST or place.choices > DEEPEST_CHOICES:
                reason = _("it is nested too deeply")
                raise TemplateError(_("line {line}: {reason}").format(line=place.line, reason=reason))
        return tree

    def names(self, source: str) -> set[str]:
        """The variables that a template asks for; raises `TemplateError`."""
        tree = self.parsed(source)
        try:
            return set(find_undeclared_variables(tree))
        except RecursionError:
            raise TemplateError(_("it is nested too deeply")) from None

    def _check(self, node: nodes.Node, line: int) -> None:
        own = isinstance(node, nodes.Name) and node.name in _JINJAS_OWN
        if own or not isinstance(node, _NODES) or (isinstance(node, nodes.For) and node.recursive):
            word = node.name if isinstance(node, nodes.Name) else type(node).__name__.lower()
            raise TemplateError(
                _("line {line}: {word} is not allowed in a message").format(line=line, word=word)
            )
        if isinstance(node, nodes.Const) and not _is_small(node.value):
            raise _number_too_large(line)
        if isinstance(node, nodes.Filter) and node.name not in self.filters:
            raise TemplateError(
                _("line {line}: there is no filter {name}; there are: {known}").format(
                    line=line, name=repr(node.name), known=joined(sorted(self.filters))
                )
            )
        if isinstance(node, nodes.Test) and node.name not in self.tests:
            raise TemplateError(_("line {line}: there is no test {name}").format(line=line, name=node.name))


def _not_understood(error: TemplateSyntaxError) -> str:
    """Why a text is no template, in the language in force, with Jinja's own words behind it."""
    said = str(error.message)
    if "unknown tag" in said:
        return _("there is no such tag ({reason})").format(reason=said)
    if "end of template" in said or "Missing end" in said:
        return _("something is begun and not ended: a }}}} or an {{% endif %}} is missing ({reason})").format(
            reason=said
        )
    return _("what stands between the braces is not understood ({reason})").format(reason=said)


@dataclass(frozen=True)
class _Place:
    """A node, its line, how deep it stands, and within how many loops and choices."""

    node: nodes.Node
    line: int = 1
    depth: int = 0
    loops: int = 0
    choices: int = 0

    def inside(self, node: nodes.Node) -> _Place:
        """The place of a node in this one; one that Jinja makes itself has the line of what is in it."""
        lines = (one.lineno for one in (node, *node.iter_child_nodes()) if one.lineno)
        return _Place(
            node,
            next(lines, self.line),
            self.depth + 1,
            self.loops + isinstance(node, nodes.For),
            self.choices + isinstance(node, nodes.If),
        )


def _walked(tree: nodes.Node) -> Iterator[_Place]:
    """Every node with its place, without recursion: the tree may be deep."""
    waiting = [_Place(tree)]
    while waiting:
        place = waiting.pop()
        yield place
        waiting.extend(map(place.inside, place.node.iter_child_nodes()))


def _is_small(value: object) -> bool:
    """Whether a constant is no number, or one that may be reckoned with."""
    try:
        _bounded(value)
    except SecurityError:
        return False
    return True


def _number_too_large(line: int) -> TemplateError:
    return TemplateError(_("line {line}: a number is too large").format(line=line))


# --- how values are written -------------------------------------------------------------------------------


def shown(value: Any, spoken: str) -> Any:
    """A value as a message says it: days in words, amounts without needless decimals, lists with commas."""
    if isinstance(value, str | Undefined):
        return value
    if isinstance(value, bool):
        return {"zh": ("否", "是"), "en": ("no", "yes")}[spoken][value]
    if isinstance(value, Decimal | float):
        return amount(value)
    if isinstance(value, date):
        return day(value, spoken)
    if isinstance(value, tuple | list):
        return ("、" if spoken == "zh" else ", ").join(str(shown(one, spoken)) for one in value)
    return value


def day(value: date, spoken: str) -> str:
    """A day as a person says it: 12月5日, 5 December."""
    return f"{value.month}月{value.day}日" if spoken == "zh" else f"{value.day} {value:%B}"


def amount(value: Decimal | float) -> str:
    """An amount: 200, 12.50."""
    number = Decimal(str(value))
    if not number.is_finite():
        return "?"
    return f"{number:.0f}" if number == number.to_integral_value() else f"{number:.2f}"


def _filters(spoken: str) -> dict[str, Callable[..., Any]]:
    """The filters that a message may use; each takes and gives bounded values."""

    def text(value: Any) -> str:
        return value if isinstance(value, str) else str(shown(value, spoken))

    def default(value: Any, other: Any = "", empty: bool = True) -> Any:
        return other if isinstance(value, Undefined) or (empty and not value) else value

    def in_days(value: Any) -> str:
        return day(value, spoken) if isinstance(value, date) else text(value)

    return {
        "default": default,
        "d": default,
        "upper": lambda value: text(value).upper(),
        "lower": lambda value: text(value).lower(),
        "trim": lambda value: text(value).strip(),
        "length": lambda value: len(value) if isinstance(value, str | list | tuple) else 0,
        "truncate": lambda value, length=20: _cut(text(value), length),
        "replace": lambda value, old, new: _replaced(text(value), str(old), str(new)),
        "first": lambda value: value[0] if value else Absent(name="first"),
        "last": lambda value: value[-1] if value else Absent(name="last"),
        "join": lambda value, by="、": _joined([text(one) for one in value], str(by)),
        "round": lambda value, digits=0: _rounded(value, digits),
        "int": lambda value: int(Decimal(str(value))) if _numbers(value) else 0,
        "abs": lambda value: abs(value) if _numbers(value) else value,
        "money": lambda value: amount(value) if _numbers(value) else text(value),
        "day": in_days,
        "weekday": lambda value: _weekday(value, spoken),
        "escape": lambda value: Markup.escape(text(value)),
        "e": lambda value: Markup.escape(text(value)),
    }


_WEEKDAYS = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


def _weekday(value: Any, spoken: str) -> str:
    return _WEEKDAYS[spoken][value.weekday()] if isinstance(value, date | datetime) else str(value)


def _numbers(*values: Any) -> bool:
    return all(isinstance(one, int | float | Decimal) and not isinstance(one, bool) for one in values)


def _rounded(value: Any, digits: Any) -> Any:
    places = digits if isinstance(digits, int) and 0 <= digits <= 6 else 0
    return round(Decimal(str(value)), places) if _numbers(value) else value


def _cut(text: str, length: Any) -> str:
    most = length if isinstance(length, int) and length > 0 else 20
    return text if len(text) <= most else text[: most - 1] + "…"


def _replaced(text: str, old: str, new: str) -> str:
    if not old:
        return text
    if len(text) + text.count(old) * len(new) > LONGEST:
        raise SecurityError(_("it grows too long"))
    return text.replace(old, new)


def _joined(texts: list[str], by: str) -> str:
    if sum(map(len, texts)) + len(texts) * len(by) > LONGEST:
        raise SecurityError(_("it grows too long"))
    return by.join(texts)


def _bounded(value: Any) -> Any:
    if isinstance(value, str | list | tuple) and len(value) > LONGEST:
        raise SecurityError(_("it grows too long"))
    if isinstance(value, int) and value.bit_length() > 200:
        raise SecurityError(_("the number grows too large"))
    if isinstance(value, float | Decimal) and not isfinite(value):
        raise SecurityError(_("the number grows too large"))
    return value


# --- #客户昵称# ------------------------------------------------------------------------------------------

_HASHED = re.compile(r"#([\w]{1,20})#")


def hashed_names(source: str) -> list[str]:
    """What stands between two # in a text: `#客户昵称#` -> 客户昵称."""
    return _HASHED.findall(source)


def without_hashes(source: str, meanings: Mapping[str, str]) -> str:
    """The text with `#客户昵称#` in Jinja's own words; what has no meaning here (`#双十一#`) stays."""
    return _HASHED.sub(lambda found: _braced(found, meanings), source)


def _braced(found: re.Match[str], meanings: Mapping[str, str]) -> str:
    name = meanings.get(found[1])
    return f"{{{{ {name} }}}}" if name else found[0]
