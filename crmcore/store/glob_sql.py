"""Patterns of addresses as conditions of SQL: SQLite's own GLOB, regular expressions on PostgreSQL."""

from __future__ import annotations

from crmcore.records.patterns import regex_of


def matches(column: str, like: str, unlike: str, *, sqlite: bool) -> str:
    """` AND …`: that a column's text matches the one pattern and not the other; "" where there is neither."""
    text = ""
    for pattern, no in ((like, ""), (unlike, "NOT ")):
        if pattern:
            shown = pattern if sqlite else regex_of(pattern)
            quoted = shown.replace("'", "''").replace(":", "\\:")
            text += f" AND {no}{column} {'GLOB' if sqlite else '~'} '{quoted}'"
    return text
