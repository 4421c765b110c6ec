"""The fast road for text files: one streaming pass over whole blocks, no look at single rows.

It either finds that the file is already a strict UTF-8 CSV, or writes one with the encoding changed and the
protection signs taken off; or it says that the file needs the careful road.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from crmcore.importing.reading.part import FOOTER, LONGEST, Layout

BLOCK = 4 << 20
_LONGEST_HEADER = 1 << 20
# Sums and other footers are looked for in this much of the end.
_TAIL = 4096
# A piece may grow to so many times its size before a record ends with a block.
_MOST = 4
# Rows of long texts are cut earlier: a piece is held in memory.
_LARGEST_PIECE = 96 << 20


class NeedsCare(Exception):  # noqa: N818 - a signal between two roads, not an error
    """The file has something in it that must be looked at row by row."""


@dataclass(frozen=True)
class Signs:
    """What to look for in a block, for one delimiter."""

    delimiter: str
    width: int

    def rough(self, block: bytes) -> bool:
        """Whether the block has something only the careful road can judge."""
        if b"\0" in block:
            return True
        if b"\r" in block and block.count(b"\r") != block.count(b"\r\n"):
            return True
        if b"+" in block and (b"E+1" in block or b"e+1" in block):
            return True
        empty = b"\n" + self.delimiter.encode() * (self.width - 1)
        return empty + b"\n" in block or empty + b"\r" in block

    def protected(self, block: bytes) -> bool:
        """Whether cells of the block may carry protection signs."""
        if b"=" in block and b'="' in block:
            return True
        edge = self.delimiter.encode()
        if self.delimiter != "\t" and b"\t" in block:
            return True
        return any(
            sign in block and any(before + sign in block for before in (edge, b'"', b"\n"))
            for sign in (b"'", b"`")
        )


def is_strict(layout: Layout) -> bool:
    """Whether the file itself can be handed on: it has no signs of protection.

    Raises `NeedsCare`. Bytes that are not UTF-8 and rows with a wrong number of cells are not looked for: a
    strict reader stops at them, and then the careful road is taken.
    """
    signs = Signs(layout.delimiter, len(layout.columns))
    plain = True
    last = b""
    with layout.path.open("rb") as file:
        header = _skip_header(file, layout)
        while block := file.read(BLOCK):
            block = b"\n" + block + _rest_of_line(file)
            if signs.rough(block) or header in block:
                raise NeedsCare
            plain = plain and not signs.protected(block)
            last = block
    _check_end(last[-_TAIL:].decode("utf-8", "replace"), layout)
    return plain


def transcode(layout: Layout, target: Path) -> None:
    """Write the rows below the header as strict UTF-8 whose lines end in LF; raises `NeedsCare`."""
    with target.open("wb") as out:
        for block in _clean_blocks(layout):
            out.write(block)


def pieces(layout: Layout, rows: int, new_file: Callable[[], Path]) -> Iterator[Path]:
    """Like `transcode`, into files of about `rows` lines each; gives each one when it is written.

    A piece ends where a record does: after an even number of quote signs. Where that never comes, a quote
    sign is text somewhere, and the file needs care.
    """
    blocks = _clean_blocks(layout)
    while (block := next(blocks, None)) is not None:
        target = new_file()
        written = quotes = size = 0
        with target.open("wb") as out:
            while block is not None:
                out.write(block)
                size += len(block)
                written += block.count(b"\n")
                quotes += block.count(b'"') if layout.quoted else 0
                if written > _MOST * rows:
                    raise NeedsCare
                if (written >= rows or size >= _LARGEST_PIECE) and quotes % 2 == 0:
                    break
                block = next(blocks, None)
        yield target


def _clean_blocks(layout: Layout) -> Iterator[bytes]:
    """The rows below the header as strict UTF-8 whose lines end in LF, in blocks; raises `NeedsCare`."""
    signs = Signs(layout.delimiter, len(layout.columns))
    unprotect = _unprotector(layout.delimiter)
    last = ""
    for text in _blocks(layout):
        block = b"\n" + text.encode("utf-8", "surrogatepass")
        if signs.rough(block):
            raise NeedsCare
        if layout.quoted and signs.protected(block):
            block = unprotect(block)
        if b"\r" in block:
            block = block.replace(b"\r\n", b"\n")
        yield block[1:]
        last = text
    _check_end("\n" + last, layout)


def _blocks(layout: Layout) -> Iterator[str]:
    """The decoded text below the header, in pieces that end at line ends."""
    if layout.encoding.startswith("utf-16"):
        with TextIOWrapper(layout.path.open("rb"), layout.encoding, newline="") as text:
            for _count in range(layout.header_lines):
                text.readline()
            try:
                while piece := text.read(BLOCK):
                    yield piece + text.readline()
            except UnicodeDecodeError:
                raise NeedsCare from None
        return
    with layout.path.open("rb") as file:
        header = _skip_header(file, layout)
        # No byte of a longer character looks like LF in GB18030, cp932 or UTF-8: a piece ends between two.
        while raw := file.read(BLOCK):
            raw += _rest_of_line(file)
            if header in b"\n" + raw:
                raise NeedsCare
            try:
                yield raw.decode(layout.encoding)
            except UnicodeDecodeError:
                raise NeedsCare from None


def _rest_of_line(file: BinaryIO) -> bytes:
    """The bytes up to the next LF; raises `NeedsCare` when there are too many for a row."""
    rest = file.readline(LONGEST)
    if len(rest) == LONGEST:
        raise NeedsCare
    return rest


def _skip_header(file: BinaryIO, layout: Layout) -> bytes:
    """Pass over the header; returns its line with the LF before it, to see when it comes again.

    Files that were pasted together repeat it. Raises `NeedsCare` where its lines do not end in LF.
    """
    line = b"\n"
    for _count in range(layout.header_lines):
        line = file.readline(_LONGEST_HEADER)
        if not line.endswith(b"\n") or b"\r" in line[:-2]:
            raise NeedsCare
    # A file without a header has none to repeat: this cannot occur in a block.
    return b"\n" + line.removeprefix(b"\xef\xbb\xbf") if layout.header_lines else b"\n\0"


def _unprotector(delimiter: str) -> Callable[[bytes], bytes]:
    """A function that takes protection signs off the cells of a block that begins with LF.

    Every pattern begins with a plain sign, which the regex engine looks for at the speed of memchr; what must
    stand before it is a look-behind that takes the sign in.
    """
    edge = re.escape(delimiter).encode()
    end = rb"(?:[" + edge + rb"\r\n]|\Z)"
    # "=""123""" is what a spreadsheet makes of ="123" when it saves.
    doubled = re.compile(rb'"=""(?<=[' + edge + rb'\n]"="")([^"\r\n]*)"""(?=' + end + rb")")
    formula = re.compile(rb'="(?<=[' + edge + rb'\n]=")(?=[^"\r\n]*"' + end + rb")")
    # Only before numbers: a name such as 's-Gravenweg keeps its apostrophe (the careful road sees more).
    number = rb"(?=[+\d][\d +().-]*\"?" + end + rb")"
    ticks = [re.compile(sign + rb"(?<=[" + edge + rb'\n"]' + sign + rb")" + number) for sign in (b"'", b"`")]
    tab = re.compile(rb"\t(?:(?<=[" + edge + rb'\n"]\t)|(?=["' + edge + rb"\r\n]))")

    def unprotect(block: bytes) -> bytes:
        if b'"=""' in block:
            block = doubled.sub(rb'"\1"', block)
        if b'="' in block:
            block = formula.sub(b'"', block)
        if delimiter != "\t" and b"\t" in block:
            block = tab.sub(b"", block)
        for sign, tick in zip((b"'", b"`"), ticks, strict=True):
            if sign in block:
                block = tick.sub(b"", block)
        return block

    return unprotect


def _check_end(text: str, layout: Layout) -> None:
    """Look at the end: a footer, or a last line cut in the middle, is the careful road's."""
    lines = text[-_TAIL:].split("\n")  # the first one may be cut: a short text begins with LF
    if layout.delimiter in lines[-1] and lines[-1].count(layout.delimiter) < len(layout.columns) - 1:
        raise NeedsCare
    if layout.footers is None:
        return
    for line in lines[1:]:
        if layout.footers.match(line.split(layout.delimiter, 1)[0].strip("\"=' \t")[:FOOTER]):
            raise NeedsCare
