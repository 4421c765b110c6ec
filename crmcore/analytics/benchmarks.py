"""What is usual elsewhere: benchmarks of the playbook that name a report stand beneath its findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crmcore.hooks.reports import Note

FAMILY = "benchmarks"
# Of a share `low`, `high` and `value` are per cent; of money major units of the shop's currency.
_UNITS = {
    "share": ("{} %", "{} %"),
    "days": ("{} 天", "{} days"),
    "money": ("{} 元", "{}"),
    "count": ("{}", "{}"),
    "score": ("{} 分", "{}"),
}


def usual(benchmarks: Mapping[str, Mapping[str, Any]], report: str) -> Iterator[Note]:
    """A sentence for each benchmark that names the report; documents that say no figure are left out."""
    for name, body in sorted(benchmarks.items()):
        figures = _figures(body)
        if body.get("report") != report or not figures:
            continue
        units = _UNITS.get(str(body.get("unit")), _UNITS["count"])
        titles = body.get("title")
        zh, en = (str(titles.get(one, name)) if isinstance(titles, Mapping) else name for one in ("zh", "en"))
        known = ", ".join(str(body[one]) for one in ("source", "year") if body.get(one))
        yield Note(
            f"别处常见：{zh} {units[0].format(figures)}" + (f"（{known}）。" if known else "。"),
            f"Usual elsewhere: {en}: {units[1].format(figures)}" + (f" ({known})." if known else "."),
        )


def _figures(body: Mapping[str, Any]) -> str:
    """The range such as 25–30, or the one value."""
    low, high, value = (_plain(body.get(one)) for one in ("low", "high", "value"))
    if low and high and low != high:
        return f"{low}–{high}"
    return value or low or high


def _plain(number: object) -> str:
    if isinstance(number, bool) or not isinstance(number, int | float):
        return ""
    return f"{number:,.6g}"
