"""The process that makes new customers' search entries and cards while their records are written.

Run as `python -m crmcore.importing.apply.ahead_child STAGE`, with the file of staged records. The first line
of stdin says how cards are made (`CardsAhead.recipe`; empty: not at all). Each line after it asks for one
chunk, as JSON: its number, whether cards are wanted, and the first and last `seq` of each staged table. The
answers go to stdout as frames (four bytes of length, then a marshalled tuple): the number, (root, text,
tokens) of each root, and the cards, each a tuple with the root first. It ends with its stdin.
"""

from __future__ import annotations

import gc
import json
import marshal
import sqlite3
import sys
from collections import defaultdict
from typing import Any

from crmcore.store.gap_aggregate import add_aggregates
from crmcore.store.search_text import customer_text, tokens

_ROOTS = "SELECT seq, name, nickname, city, address FROM st_root WHERE seq BETWEEN ? AND ?"
# In the order in which they become identities.
_CLAIMS = (
    "SELECT root, value FROM st_claim WHERE seq BETWEEN ? AND ? AND kind IN ('buyer', 'email', 'phone') "
    "ORDER BY seq"
)
_Ranges = dict[str, list[int]]


def main(arguments: list[str]) -> None:
    """Answer until nobody asks any more."""
    gc.disable()  # texts and tuples of them have no cycles to look for
    # What cards are made of lies in memory, beside the file.
    stage = sqlite3.connect(":memory:", isolation_level=None)
    stage.execute("ATTACH DATABASE ? AS stage", [arguments[0]])
    out = sys.stdout.buffer
    recipe = sys.stdin.readline().strip()
    cards = Cards(stage, json.loads(recipe)) if recipe else None
    for line in sys.stdin:
        number, with_cards, ranges = json.loads(line)
        made = cards.of(ranges) if cards and with_cards else []
        frame = marshal.dumps((number, entries(stage, ranges), made))
        out.write(len(frame).to_bytes(4, "big"))
        out.write(frame)
        out.flush()


def entries(stage: sqlite3.Connection, ranges: _Ranges) -> list[tuple[int, str, str]]:
    """The search entry of each root of the chunk with these `ranges`."""
    values: dict[int, list[str]] = defaultdict(list)
    for root, value in stage.execute(_CLAIMS, ranges["st_claim"]):
        values[root].append(value)
    made = []
    for root, name, nickname, city, address in stage.execute(_ROOTS, ranges["st_root"]):
        text = customer_text((name, nickname), values.get(root, ()), (city, address))
        made.append((root, text, " ".join(tokens(text))))
    return made


class Cards:
    """Makes cards as the `recipe` says: tables as the shop has them, filled with one chunk's records."""

    def __init__(self, stage: sqlite3.Connection, recipe: dict[str, Any]) -> None:
        self._stage, self._recipe = stage, recipe
        stage.execute("PRAGMA main.journal_mode = OFF")
        add_aggregates(stage)
        for text in recipe["make"]:
            stage.execute(text)

    def of(self, ranges: _Ranges) -> list[tuple[Any, ...]]:
        """The cards of the chunk's roots, as if nobody else had bought anything."""
        run = self._stage.execute
        for text in self._recipe["clear"]:
            run(text)
        for table, text in self._recipe["fill"].items():
            run(text, ranges[table])
        run(self._recipe["name"], ranges["st_root"])
        return run(self._recipe["cards"]).fetchall()


if __name__ == "__main__":
    main(sys.argv[1:])
