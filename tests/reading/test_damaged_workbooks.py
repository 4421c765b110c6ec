"""Workbooks damaged at random: refused with a sentence or read as far as they go; never more than that."""

from __future__ import annotations

import io
import random
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
import xlsxwriter
import xlwt

from crmcore.errors import FileError
from crmcore.importing.reading import open_tables, peek


def old_workbook() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("s")
    for row in range(30):
        for column in range(5):
            sheet.write(row, column, f"中文{row}" if column % 2 else row * 1.5)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def new_workbook() -> dict[str, bytes]:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("s")
        for row in range(30):
            sheet.write_row(row, 0, [row, f"中文{row}", row * 1.5])
    with zipfile.ZipFile(target) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def spoil(data: bytes, chance: random.Random, first: int = 0) -> bytes:
    spoiled = bytearray(data)
    for _count in range(chance.choice([1, 5, 50])):
        spoiled[chance.randrange(first, len(spoiled))] = chance.randrange(256)
    return bytes(spoiled)


def damaged(chance: random.Random) -> bytes:
    if chance.random() < 0.5:
        whole = spoil(old_workbook(), chance, first=8)
        return whole[: chance.choice([len(whole), chance.randrange(600, len(whole))])]
    parts = new_workbook()
    name = chance.choice(sorted(parts))
    parts[name] = spoil(parts[name], chance)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for one, data in parts.items():
            archive.writestr(one, data)
    return target.getvalue()


def try_all(folder: Path, seeds: range) -> None:
    path = folder / "a.xls"
    for seed in seeds:
        path.write_bytes(damaged(random.Random(seed)))
        with suppress(FileError):
            peek(path)
            open_tables(path, None, folder / "w")


def test_a_few_damaged_workbooks(tmp_path: Path) -> None:
    try_all(tmp_path, range(8))


@pytest.mark.stress
def test_many_damaged_workbooks(tmp_path: Path) -> None:
    try_all(tmp_path, range(100, 300))
