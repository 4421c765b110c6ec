"""What may stand in a message: no control characters, no line breaks in a subject, nothing that turns text.

Names come from imported files: a line break in one could make a header of its own, and an escape code could
steer the terminal of whoever works through a queue.
"""

from __future__ import annotations

import re

# C0 without tab and line feed, DEL, C1, what turns the direction of text, line and paragraph separators, BOM,
# lone surrogates (they cannot be encoded).
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ud800-\udfff]"
)
_BLANK_LINES = re.compile(r"\n{3,}")


def clean_text(text: str) -> str:
    """The text with Unix line ends, without control characters and piles of empty lines."""
    lines = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return _BLANK_LINES.sub("\n\n", "\n".join(line.rstrip() for line in lines)).strip()


def clean_html(text: str) -> str:
    """The HTML with Unix line ends, without control characters."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def clean_subject(text: str) -> str:
    """The text on one line: no header of an e-mail can be made of it."""
    return " ".join(_CONTROLS.sub(" ", text).split())
