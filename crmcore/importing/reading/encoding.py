"""Which encoding a text file is in: told by its bytes, never by its name.

Order: byte order mark, UTF-16 by its zeros, strict UTF-8, then GB18030, cp932 (where the header is Japanese)
or cp1252 by what the bytes above ASCII look like.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

HEAD = 64 * 1024

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_GB_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
# The ideographs of GB2312: nearly all that Chinese text consists of.
_GB2312_PAIR = re.compile(rb"[\xa1-\xa9\xb0-\xf7][\xa1-\xfe]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_HALF_KANA = re.compile("[\uff61-\uff9f]")


def has_bom(head: bytes) -> bool:
    """Whether the bytes begin with a byte order mark."""
    return any(head.startswith(bom) for bom, _name in _BOMS)


def guess(head: bytes) -> str:
    """The encoding of a text that begins with these bytes (a whole number of lines, or a 64 KB piece)."""
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    if wide := _utf16_without_mark(head):
        return wide
    if decodes(head, "utf-8"):
        return "utf-8"
    return guess_legacy(head)


def guess_legacy(piece: bytes) -> str:
    """The encoding of text that is not valid UTF-8; "utf-8" when it is that with a few broken bytes."""
    text = piece.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if sum(1 for sign in text if sign > "\x7f") - broken > 20 * broken:
        return "utf-8"
    if decodes(piece, "cp932"):
        japanese = piece.decode("cp932", "ignore")
        kana = len(_KANA.findall(japanese))
        if kana >= 2 and len(_HALF_KANA.findall(japanese)) * 4 <= kana:
            return "cp932"
    high = sum(1 for byte in piece if byte > 0x7F)
    common = 2 * len(_GB2312_PAIR.findall(piece))
    if common >= 0.6 * high or (decodes(piece, "gb18030") and common >= 0.3 * high):
        return "gb18030"
    return "cp1252"


def decodes(piece: bytes, encoding: str) -> bool:
    """Whether the bytes are valid in that encoding, a character cut at their end forgiven."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(piece, final=False)
    except UnicodeDecodeError:
        return False
    return True


def encoding_by_ends(path: Path) -> str:
    """The encoding by the first and the last 64 KB: cheap, and nearly always right."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        size = file.seek(0, 2)
    found = guess(head)
    if found == "utf-8" and size > HEAD:
        tail = _around(path, size)
        return found if decodes(tail, "utf-8") else guess_legacy(tail)
    return found


def encoding_of(path: Path) -> str:
    """The encoding of a whole text file: reads on past a UTF-8 beginning until something else turns up."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        found = guess(head)
        if found != "utf-8" or not decodes(head, "utf-8"):
            return found
        decoder = codecs.getincrementaldecoder("utf-8")()
        block = head
        while block:
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                return guess_legacy(_around(path, file.tell() - len(block) + error.start))
            block = file.read(1 << 20)
    return "utf-8"


def _around(path: Path, position: int) -> bytes:
    """The lines around a byte position, about 64 KB, cut at line ends."""
    with path.open("rb") as file:
        start = max(0, position - HEAD // 2)
        file.seek(start)
        piece = file.read(HEAD)
    if start:
        piece = piece[piece.find(b"\n") + 1 :]
    end = piece.rfind(b"\n")
    return piece[: end + 1] if end > 0 else piece


def _utf16_without_mark(head: bytes) -> str | None:
    """UTF-16 without its mark: every second byte of mostly ASCII text is zero."""
    piece = head[: len(head) // 2 * 2][:4096]
    if len(piece) < 8 or b"\0" not in piece:
        return None
    for name, zeros in (("utf-16-le", piece[1::2]), ("utf-16-be", piece[::2])):
        if zeros.count(0) * 3 > len(zeros) and decodes(head, name):
            return name
    return None
