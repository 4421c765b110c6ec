"""Looking words up in the search index, and telling where in a customer's text they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

import sqlalchemy as sa

from crmcore.store.search_text import SECTION, VALUE, query_tokens

WHOLE, BEGINNING, PART = range(3)
# So many threes of digits are found together in hardly any text but those that hold the number.
_ENOUGH = 4


@dataclass(frozen=True)
class Found:
    """A customer whose text holds all words: in which section, how well, and the value that does."""

    customer_id: int
    section: int
    degree: int  # WHOLE, BEGINNING, PART
    shown: str


def look_up(connection: sa.Connection, words: Sequence[str], limit: int) -> Iterator[Found]:
    """At most `limit` customers whose text holds these folded words, in no particular order."""
    wanted = _telling(query_tokens(words))
    if connection.dialect.name == "sqlite":
        sql = (
            "SELECT t.customer_id, t.body FROM search_index "
            "JOIN search_texts t ON t.customer_id = search_index.rowid WHERE search_index MATCH ? LIMIT ?"
        )
        # Folded words hold no quotes; quoting keeps words such as AND and the * of hidden values plain text.
        asked = " AND ".join(f'"{token}"' for token in wanted)
    else:
        sql = "SELECT customer_id, body FROM search_texts WHERE tokens @@ %s::tsquery LIMIT %s"
        asked = " & ".join(f"'{token}'" for token in wanted)
    for customer_id, body in connection.exec_driver_sql(sql, (asked, limit)):
        found = _place(body, words)
        if found:
            yield Found(customer_id, *found)


def _telling(tokens: Set[str]) -> list[str]:
    """The tokens to look up: some threes of a longer number tell enough, and everybody has `om` or `号`."""
    threes = sorted(token for token in tokens if len(token) == 3 and token.isdigit())
    return threes[:_ENOUGH] if len(threes) >= _ENOUGH else sorted(tokens)


def _place(body: str, words: Sequence[str]) -> tuple[int, int, str] | None:
    """The best place where all words stand; None when the pairs of characters only seemed to make them."""
    if not all(word in body for word in words):
        return None
    sections = body.split(SECTION)
    for section, text in enumerate(sections):
        if words[0] in text and all(word in text for word in words):
            return section, *_degree(text, words)
    # Words from several sections: it counts as the first one's.
    return next((s, PART, text) for s, text in enumerate(sections) if any(word in text for word in words))


def _degree(text: str, words: Sequence[str]) -> tuple[int, str]:
    """How well the values of a section hold the words, and the value that does best."""
    asked, values = " ".join(words), text.split(VALUE)
    if asked in values:
        return WHOLE, asked
    for value in values:
        if value.startswith(asked):
            return BEGINNING, value
    return PART, next((v for v in values if all(word in v for word in words)), values[0])
