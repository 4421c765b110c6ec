"""Customers in the order of their names, as a phone book has them: Chinese ones under their pinyin's letter.

The index on names knows code points alone. So its ranges, one for each first character in use, are walked in
the order of the characters' letters: no column to keep, and the first page costs what the index costs. Within
a letter Latin names come first; whoever has no name follows at the end, by nickname.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import closing

import sqlalchemy as sa

from crmcore.store.pinyin import initials
from crmcore.store.schema import customers

_LAST_CHARACTER = "\U0010ffff"
_FIRST, _CHUNK = 64, 10_000


def ids_by_name(connection: sa.Connection, *, descending: bool = False) -> Iterator[list[int]]:
    """The ids of all customers that live, in pieces, by name."""
    c = customers.c
    merged = set(connection.scalars(sa.select(c.id).where(c.merged_into.is_not(None))))
    heads = sorted(_heads(connection), key=_letter, reverse=descending)
    for head in heads:
        query = sa.select(c.id).where(c.name >= head, c.name < head + _LAST_CHARACTER)
        ordered = query.order_by(c.name.desc(), c.id) if descending else query.order_by(c.name, c.id)
        yield from _living(connection, ordered, merged)
    nameless = sa.or_(c.name.is_(None), c.name == "")
    way = c.nickname.desc() if descending else c.nickname.asc()
    ordered = sa.select(c.id).where(nameless).order_by(way.nulls_last(), c.id)
    yield from _living(connection, ordered, merged)


def in_pieces(connection: sa.Connection, query: sa.Select[tuple[int]]) -> Iterator[list[int]]:
    """The ids that the query gives, some thousand at a time; the first few at once, to be shown meanwhile.

    Past SQLAlchemy's rows, which cost as much as the database itself where a million are asked for.
    """
    with closing(connection.execute(query)) as result:
        assert result.cursor is not None
        size = _FIRST
        while rows := result.cursor.fetchmany(size):
            yield [row[0] for row in rows]
            size = _CHUNK


def _living(connection: sa.Connection, query: sa.Select[tuple[int]], merged: set[int]) -> Iterator[list[int]]:
    for piece in in_pieces(connection, query):
        yield [i for i in piece if i not in merged] if merged else piece


def _heads(connection: sa.Connection) -> list[str]:
    """Every character that a name begins with; the index is skipped through, not read."""
    c = customers.c
    first = sa.func.substr(sa.func.min(c.name), 1, 1)
    heads = sa.select(first.label("head")).where(c.name > "").cte("heads", recursive=True)
    following = sa.select(first).where(c.name > heads.c.head + _LAST_CHARACTER).scalar_subquery()
    heads = heads.union_all(sa.select(following).where(heads.c.head.is_not(None)))
    return [head for head in connection.scalars(sa.select(heads.c.head)) if head]


def _letter(head: str) -> tuple[int, str, bool, str]:
    chinese = initials(head)
    letter = chinese[0] if chinese else unicodedata.normalize("NFKD", head)[0].lower()
    is_letter = letter.isascii() and letter.isalpha()
    return (0 if is_letter else 1, letter, bool(chinese), head)
