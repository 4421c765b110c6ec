"""Answers that say: no more of this. One list for every channel, and for what staff and gateways report."""

from __future__ import annotations

import re
import unicodedata

# The whole answer and nothing else: what gateways of the Chinese mainland prescribe (TD, T, N, R, 退订), what
# those abroad do (STOP, UNSUBSCRIBE; CTIA's guidelines name STOP as the word that must always work), and what
# people write instead.
_NO_MORE = re.compile(
    r"^\W*(td|t|n|r|退订|退|拒收|取消订阅|不要|(不要|别)再?发了?"
    r"|stop|stop ?all|unsubscribe|remove( me)?)\W*$",
    re.IGNORECASE,
)
_LONGEST = 40  # characters: a longer answer says something else, too


def wants_no_more(text: str) -> bool:
    """Whether an answer says that its sender wants no more: TD, 退订, STOP, in letters of any width."""
    bare = unicodedata.normalize("NFKC", text).strip()
    return len(bare) <= _LONGEST and _NO_MORE.match(bare) is not None
