"""Forms of addresses as conditions of SQL: SQLite's own GLOB, regular expressions on PostgreSQL."""

from __future__ import annotations

from crmcore.hooks.channel_values import AddressForm
from crmcore.records.patterns import regex_of


def matches(form: AddressForm, *, sqlite: bool) -> str:
    """` AND …`: that an identity `i` looks as the form says; "" where it says nothing."""
    text = ""
    for pattern, no in ((form.like, ""), (form.unlike, "NOT ")):
        if pattern:
            shown = pattern if sqlite else regex_of(pattern)
            text += f" AND {no}i.value {'GLOB' if sqlite else '~'} {_quoted(shown)}"
    if form.sources:
        begins = (f"substr(i.namespace, 1, {len(one)}) = {_quoted(one)}" for one in form.sources)
        text += f" AND ({' OR '.join(begins)})"
    return text


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''").replace(":", "\\:") + "'"
