"""The process that makes new customers' search entries while their records are written.

Run as `python -m crmcore.importing.apply.text_child STAGE`, with the file of staged records. Each line of
stdin asks for one chunk: its number, the first and last root, the first and last claim. The answers go to
stdout as frames (four bytes of length, then a marshalled tuple): the number, and (root, text, tokens) of each
root. It ends with its stdin.
"""

from __future__ import annotations

import gc
import marshal
import sqlite3
import sys
from collections import defaultdict

from crmcore.store.search_text import customer_text, tokens

_ROOTS = "SELECT seq, name, nickname, city, address FROM st_root WHERE seq BETWEEN ? AND ?"
# In the order in which they become identities.
_CLAIMS = (
    "SELECT root, value FROM st_claim WHERE seq BETWEEN ? AND ? AND kind IN ('buyer', 'email', 'phone') "
    "ORDER BY seq"
)


def main(arguments: list[str]) -> None:
    """Answer until nobody asks any more."""
    gc.disable()  # texts and tuples of them have no cycles to look for
    stage = sqlite3.connect(arguments[0])
    out = sys.stdout.buffer
    for line in sys.stdin:
        number, *ends = map(int, line.split())
        frame = marshal.dumps((number, entries(stage, ends)))
        out.write(len(frame).to_bytes(4, "big"))
        out.write(frame)
        out.flush()


def entries(stage: sqlite3.Connection, ends: list[int]) -> list[tuple[int, str, str]]:
    """The search entry of each root between the first two `ends`, whose claims lie between the others."""
    values: dict[int, list[str]] = defaultdict(list)
    for root, value in stage.execute(_CLAIMS, ends[2:]):
        values[root].append(value)
    made = []
    for root, name, nickname, city, address in stage.execute(_ROOTS, ends[:2]):
        text = customer_text((name, nickname), values.get(root, ()), (city, address))
        made.append((root, text, " ".join(tokens(text))))
    return made


if __name__ == "__main__":
    main(sys.argv[1:])
