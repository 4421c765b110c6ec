"""Text in terminal columns: Chinese characters take two, and may be broken between any two of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

# Closing punctuation never starts a line, opening punctuation never ends one.
_CLOSING = set("，。；：！？、）》」』】”’,.;:!?)]}")
_OPENING = set("（《「『【“‘([{")
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_HEIGHTS = "▁▂▃▄▅▆▇█"
# What steers a terminal or turns the direction of text; the pictures of U+2400 stand for the first kind.
_STEERING = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}
_STEERING |= dict.fromkeys([*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)], 0xFFFD)
_STEERING[0x0A] = _STEERING[0x0D] = _STEERING[0x09] = 0x20


def clean(text: str) -> str:
    """The text as it may be shown: one line, with nothing left in it that could steer the terminal."""
    return text.translate(_STEERING)


def width(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(_width(char) for char in text)


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """The text filled up with blanks to that many columns."""
    blanks = " " * max(0, columns - width(text))
    return blanks + text if right else text + blanks


def cut(text: str, columns: int) -> str:
    """The text in at most that many columns, with an ellipsis where something is left out."""
    if width(text) <= columns:
        return text
    taken, size = "", 1
    for char in text:
        size += _width(char)
        if size > columns:
            break
        taken += char
    return taken + "…"


def cut_middle(text: str, columns: int) -> str:
    """As `cut`, but what is left out is in the middle: file names tell themselves apart by their ends.

    Half of what is kept is the end: `ExportOrderDe…1272359.xlsx`.
    """
    if width(text) <= columns:
        return text
    head = cut(text, max(columns // 2 + 1, 1))
    tail, size = "", width(head)
    for char in reversed(text):
        size += _width(char)
        if size > columns:
            break
        tail = char + tail
    return head + tail


def bar(share: float, columns: int) -> str:
    """A bar of that share (0 to 1) of so many columns, to an eighth of one; what is not nothing is seen."""
    eighths = round(min(max(share, 0.0), 1.0) * columns * 8)
    if share > 0:
        eighths = max(eighths, 1)
    full, rest = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")


def spark(values: Sequence[float | None], columns: int) -> str:
    """A line of so many columns at most that goes up and down with the values; a blank where there is none.

    It stands on nought where all values are near it, else on the lowest of them, so that movement is seen.
    Where there are more values than columns, neighbours share one (their mean).
    """
    size = -(-len(values) // columns) if values else 1
    shares = [
        [one for one in values[start : start + size] if one is not None]
        for start in range(0, len(values), size)
    ]
    points = [sum(some) / len(some) if some else None for some in shares]
    known = [one for one in points if one is not None]
    if not known:
        return " " * len(points)
    low, high = min(known), max(known)
    if 0 <= low <= high / 2:
        low = 0.0
    reach = (high - low) or 1
    return "".join(" " if one is None else _HEIGHTS[round((one - low) / reach * 7)] for one in points)


def wrap(text: str, columns: int) -> list[str]:
    """The text in lines of at most that many columns, broken at blanks and between Chinese characters."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if line and width(line) + width(piece.rstrip()) > columns:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    if line.strip():
        lines.append(line.rstrip())
    return lines


@lru_cache(maxsize=8192)
def _width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Cf", "Me", "Mn"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _pieces(text: str) -> Iterator[str]:
    """The parts that a line is never broken within."""
    piece = ""
    for char in " ".join(text.split()):
        wide = _width(char) == 2
        glued = char in _CLOSING or (piece and piece[-1] in _OPENING)
        ended = piece and (piece[-1] == " " or wide or _width(piece[-1]) == 2)
        if ended and not glued and char != " ":
            yield piece
            piece = ""
        piece += char
    if piece:
        yield piece
