"""How many parts a text message goes in: each is sent, and paid for, by itself.

GSM 03.38: 160 septets fit into one message, 153 into each part of a longer one; any character outside of that
alphabet turns the whole message into UCS-2, where 70 and 67 code units fit. Gateways on the Chinese mainland
count every message like that.
"""

from __future__ import annotations

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Those that take two septets: an escape and themselves.
_EXTENDED = frozenset("\f^{}\\[~]|€")


def sms_parts(text: str, *, gsm7: bool = True) -> int:
    """The number of parts of a text; 0 for an empty one. Without `gsm7` every text is counted as UCS-2."""
    if gsm7 and all(char in _BASIC or char in _EXTENDED for char in text):
        return _parts([1 + (char in _EXTENDED) for char in text], 160, 153)
    return _parts([1 + (ord(char) > 0xFFFF) for char in text], 70, 67)


def _parts(sizes: list[int], one: int, each: int) -> int:
    """Parts of at most `each` units; a character of two units is never cut in half."""
    if sum(sizes) <= one:
        return 1 if sizes else 0
    parts, room = 1, each
    for size in sizes:
        if size > room:
            parts, room = parts + 1, each
        room -= size
    return parts
