"""Patterns of addresses, as both databases and Python match them: `*`, `?`, `[0-9]`, `[^0-9]`; no more."""

from __future__ import annotations

import re


def regex_of(pattern: str) -> str:
    """The pattern as a regular expression over the whole text, such as Python and PostgreSQL take."""
    found = ""
    place = 0
    while place < len(pattern):
        sign = pattern[place]
        end = pattern.find("]", place + 2) if sign == "[" else -1
        if end > 0:
            found += pattern[place : end + 1].replace("\\", "\\\\")
            place = end
        else:
            found += {"*": ".*", "?": "."}.get(sign, re.escape(sign))
        place += 1
    return f"^(?:{found})$"
