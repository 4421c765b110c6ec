"""Two customers side by side as lines of text: what is the same, what differs, by a sign as well."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from crmcore import wide
from crmcore.desk import brief_words as words
from crmcore.desk.brief import Brief
from crmcore.desk.joining import Compared, Pair
from crmcore.i18n import gettext as _
from crmcore.tui.widgets.card_parts import Part, line, rule

_SIGN = 4  # the column between the two
_MOST = 3  # lines that one value may take


def pair_lines(pair: Pair, width: int) -> list[Content]:
    """The lines of the comparison, each at most `width` columns."""
    titles = min(max((wide.width(one.title) for one in pair.lines), default=0), 14) + 2
    column = max((width - titles - _SIGN) // 2, 8)
    found = [_head(pair, titles, column, width), rule("", width)]
    for one in pair.lines:
        found += _row(one, titles, column, width)
    found.append(rule("", width))
    found.append(
        line([(_("= the same   != different   no sign: one of them says nothing"), "$text-muted")], width)
    )
    return found


def _head(pair: Pair, titles: int, column: int, width: int) -> Content:
    def called(her: Brief) -> str:
        return wide.pad(wide.cut(f"#{her.id} {her.called}  [{words.badge(her)}]", column), column)

    left: list[Part] = [
        (" " * titles, ""),
        (called(pair.a), "bold"),
        (" " * _SIGN, ""),
        (called(pair.b), "bold"),
    ]
    return line(left, width)


def _row(one: Compared, titles: int, column: int, width: int) -> Iterator[Content]:
    sign, style = {True: ("=", "$text-success"), False: ("!=", "bold $text-warning"), None: ("", "")}[
        one.same
    ]
    a, b = _folded(one.a, column), _folded(one.b, column)
    for number in range(max(len(a), len(b))):
        left = a[number] if number < len(a) else ""
        right = b[number] if number < len(b) else ""
        first = number == 0
        parts: list[Part] = [
            (wide.pad(wide.cut(one.title, titles - 2), titles) if first else " " * titles, "$text-muted"),
            (wide.pad(left, column), "bold" if one.same is False else ""),
            (wide.pad(f" {sign}" if first else "", _SIGN), style),
            (right, "bold" if one.same is False else ""),
        ]
        yield line(parts, width)


def _folded(text: str, column: int) -> list[str]:
    lines = wide.wrap(wide.clean(text), column) or [""]
    if len(lines) > _MOST:
        lines = [*lines[: _MOST - 1], " ".join(lines[_MOST - 1 :])]
    return [wide.cut(one, column) for one in lines]
