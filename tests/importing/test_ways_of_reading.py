"""The quick ways and the slow ways, those of short files and those of long ones: the shop is the same."""

from __future__ import annotations

import csv
import io
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from crmcore.errors import MappingError
from crmcore.hooks.importer_check import validate
from crmcore.hooks.table_importer import TableImporter, column
from crmcore.importing import prepare
from crmcore.importing.imports import Imports
from crmcore.importing.staging import leaving
from crmcore.importing.staging import rows as staged_rows
from crmcore.importing.staging.plain import Plain
from crmcore.importing.staging.scratch import Scratch
from crmcore.shop import Shop
from tests.importing.shops import check, content, import_one, mapping, orders, rows, table

_PHONES = ("'13800000001", "138****0002", "+86 138-0000-0003", "010-12345678", "1.38E+10")


def taobao_file(folder: Path, *, line_end: str = "\r\n") -> Path:
    """The order list as the platform writes it: GB18030, quoted, numbers protected, a note over two lines."""
    columns = [
        "订单编号", "买家会员名", "买家支付宝账号", "买家应付货款", "总金额", "买家实际支付金额", "订单状态", "买家留言", "收货人姓名",
        "收货地址 ", "联系手机", "订单创建时间", "订单付款时间 ", "订单关闭原因", "订单备注", "退款金额",
    ]  # fmt: skip
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator=line_end)
    writer.writerow(columns)
    for number in range(40):
        closed = number % 9 == 0
        account = (f"B{number % 13}@Example.com", f"1390000{number % 13:04d}", "b***@x.com")[number % 3]
        writer.writerow([
            number, f"buyer_{number % 13}" if number % 7 else f"b***{number % 10}", account, "10.00", "10.00", "10.00",
            "交易关闭" if closed else "交易成功", "请快\r\n一点" if number == 5 else "", "王小明",
            "浙江省 杭州市 西湖区 演示路1号(310000)", _PHONES[number % 5] if number % 4 else "",
            f"2026-01-{number % 28 + 1:02d} 10:00:00", f"2026-01-{number % 28 + 1:02d} 10:03:00",
            "退款" if closed else "订单未关闭", "来自聚划算 快" if number % 6 == 0 else "", "0.00",
        ])  # fmt: skip
    head, _end, body = text.getvalue().partition(line_end)
    protected = "".join(
        f'="{line[1:]}' if line[:1] == '"' and line[1:2].isdigit() else line
        for line in body.splitlines(keepends=True)
    )
    path = folder / f"list{len(line_end)}.csv"
    path.write_bytes((head.replace('"', "") + line_end + protected).encode("gb18030"))
    return path


def test_a_platforms_own_file_needs_no_special_care(sqlite_shop: Shop, tmp_path: Path) -> None:
    told: list[str] = []
    file = taobao_file(tmp_path)
    sqlite_shop.imports.run([file], progress=lambda _done, _all, what: told.append(what))
    assert told
    assert not [what for what in told if "care" in what]
    notes = orders(sqlite_shop, "note")
    assert len(notes) == 40
    assert notes["5"] == "请快\n一点"
    check(sqlite_shop)


def test_the_ends_of_lines_make_no_difference(sqlite_shop: Shop, other_shop: Shop, tmp_path: Path) -> None:
    import_one(sqlite_shop, taobao_file(tmp_path))
    import_one(other_shop, taobao_file(tmp_path, line_end="\n"))
    assert content(sqlite_shop) == content(other_shop)


def test_what_a_method_need_not_be_asked_about_makes_no_difference(
    sqlite_shop: Shop, other_shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    compute = Imports._compute

    def noted(self: Imports, importer: Any, one: Any, cells: list[tuple[str, ...]]) -> Any:
        asked.extend(cells)
        return compute(self, importer, one, cells)

    monkeypatch.setattr(Imports, "_compute", noted)
    file = taobao_file(tmp_path)
    import_one(sqlite_shop, file)
    mails = [cells for cells in asked if "Example.com" in cells[0]]
    assert asked
    assert not mails
    monkeypatch.setattr(staged_rows, "plain", lambda _computed: Plain())
    import_one(other_shop, file)
    assert content(sqlite_shop) == content(other_shop)
    assert [cells for cells in asked if "Example.com" in cells[0]]


@pytest.mark.parametrize("pattern", [r"[\u4e00-\u9fa5]+", "a{2000}", "a++", ".{0,1000}" * 90])
def test_a_pattern_that_the_database_cannot_read_is_told_with_its_method(
    tmp_path: Path, pattern: str
) -> None:
    class Places(TableImporter):
        platform, record = "x", "order"
        columns = {"order_ref": "a"}  # noqa: RUF012 - as plugins write it

        @column("c", fills=["city"], plain=[f"(?P<city>{pattern})"])
        def place(self, one: str) -> dict[str, str]:
            return {"city": one}

    validate(Places())  # Python reads it
    request = prepare.Request(Places(), [], "x", "CNY", "Asia/Shanghai", lambda _one, cells: cells)
    with (
        closing(Scratch(tmp_path)) as scratch,
        pytest.raises(MappingError, match=r"'place': .* is no pattern"),
    ):
        prepare.stage(scratch, request, lambda _what: None)


def test_a_pattern_that_may_match_nothing_holds_for_an_empty_cell(tmp_path: Path) -> None:
    class Places(TableImporter):
        platform, record = "x", "order"
        columns = {"order_ref": "a", "placed_at": "b"}  # noqa: RUF012 - as plugins write it

        @column("c", "d", fills=["city"], plain=["(?:(?P<city>..市) .+)?", "[a-z]+"])
        def place(self, one: str, _other: str) -> dict[str, str]:
            return {"city": one}

    asked: list[tuple[str, ...]] = []

    def compute(_one: Any, cells: list[tuple[str, ...]]) -> list[dict[str, str | None]]:
        asked.extend(cells)
        return [{"city": one} for one, _other in cells]

    places = ("", "杭州市 某路", "某地")
    file = table(
        tmp_path, [{"a": i, "b": "2026-01-05", "c": one, "d": "paid"} for i, one in enumerate(places)]
    )
    request = prepare.Request(Places(), [file], "x", "CNY", "Asia/Shanghai", compute)
    with closing(Scratch(tmp_path)) as scratch:
        prepare.stage(scratch, request, lambda _what: None)
        found = scratch.rows("SELECT city FROM rows ORDER BY number")
    assert found == [(None,), ("杭州市",), ("某地",)]
    assert asked == [("某地", "paid")]


def test_a_long_file_gives_what_a_short_one_does(
    sqlite_shop: Shop, other_shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strange: list[dict[str, object]] = [
        {"name": f"人{i}", "address": f"某路{i % 3}号", "placed_at": f"Feb {i + 1}, 2026", "order_total": "1"}
        for i in range(9)
    ]
    strange += [
        {"phone": _PHONES[i % 5], "placed_at": f"Jan {i + 1}, 2026", "order_total": "¥1,000"}
        for i in range(9)
    ]
    columns = ["name", "address", "phone", "placed_at", "order_total"]
    said = mapping(tmp_path, record="order", columns=columns, currency="CNY", key=columns[:4])
    files = [(taobao_file(tmp_path), None), (table(tmp_path, strange), said)]
    for file, how in files:
        import_one(sqlite_shop, file, mapping=how)
    assert len(rows(sqlite_shop, "orders", "id")) == 58
    monkeypatch.setattr(prepare, "PIECE", 7)
    monkeypatch.setattr(leaving, "LONG", 7)
    monkeypatch.setattr(staged_rows, "FEW", 7)
    for file, how in files:
        import_one(other_shop, file, mapping=how)
    assert content(sqlite_shop) == content(other_shop)
    check(other_shop)


def test_numbers_that_no_database_holds_are_set_aside(sqlite_shop: Shop, tmp_path: Path) -> None:
    said = mapping(tmp_path, columns=["order_ref", "phone", "sku", "quantity", "unit_price"], currency="CNY")
    numbers = [("2", "3.50"), ("99999999999", "1"), ("2", "999999999999"), ("900000000", "9000000")]
    records: list[dict[str, object]] = [
        {"order_ref": i, "phone": "13800000001", "sku": "S", "quantity": many, "unit_price": price}
        for i, (many, price) in enumerate(numbers)
    ]
    result = import_one(sqlite_shop, table(tmp_path, records), mapping=said)
    assert (result.counts.new, result.counts.rejected) == (1, 3)
    assert orders(sqlite_shop, "ordered_total") == {"0": 700}
