"""Mapping files: what they say becomes an importer, what is wrong in them is told with key, reason and choices."""

# ruff: noqa: RUF012 - declarations and tables, one line a row
from __future__ import annotations

from pathlib import Path

import pytest

from crmcore.errors import MappingError
from crmcore.hooks.importer_check import validate
from crmcore.hooks.table_importer import TableImporter, column
from crmcore.importing.mapping import dump_mapping, load_mapping
from tests.reading.helpers import read_all

# As printed in the design and in the README.
UCI = """
platform: uci            # namespace of order numbers and buyer ids, with the source below
record: order_line       # or: order, customer, interaction
currency: GBP
time_zone: Europe/London
date_format: "%Y-%m-%d %H:%M:%S"
columns:                 # ours: theirs (or a list of names)
  order_ref: InvoiceNo
  buyer_ref: CustomerID
  placed_at: InvoiceDate
  sku: StockCode
  title: Description
  quantity: Quantity
  unit_price: UnitPrice
  country: Country
"""


def test_the_printed_mapping(tmp_path: Path) -> None:
    path = tmp_path / "uci.yaml"
    path.write_text(UCI, encoding="utf-8-sig")
    importer = load_mapping(path)
    assert (importer.name, importer.platform, importer.record) == ("uci", "uci", "order_line")
    assert importer.names_of("sku") == ("StockCode",)
    table = tmp_path / "a.csv"
    table.write_text("InvoiceNo,StockCode,Quantity\n489434,85048,12\n")
    ((only),) = read_all(table, tmp_path / "w", importer)
    assert only.column("StockCode") == ["85048"]


def test_what_is_dumped_loads_again() -> None:
    mapping = load_mapping(
        {
            "platform": "wechat", "record": "order_line", "title": "群订单", "recognise": [["单号", "昵称"], ["单号", "微信"]],
            "refuse": ["京东价"], "header": 3, "decimal": ",", "statuses": {"已付": "paid", 3: "refunded"}, "key": ["placed_at"],
            "columns": {"placed_at": ["时间", "下单时间"], "extra.coupon": "券"}, "not_goods": ["POST", 100], "skip_rows": ["合计"],
        }
    )  # fmt: skip
    again = load_mapping(dump_mapping(mapping))
    assert dump_mapping(again) == dump_mapping(mapping)
    assert again.statuses == {"已付": "paid", "3": "refunded"}
    assert again.not_goods == ["POST", "100"]
    assert again.title == {"zh": "群订单", "en": "群订单"}
    assert again.name == "wechat"


def test_a_class_dumps_as_a_mapping() -> None:
    class Shop(TableImporter):
        platform, record = "shop", "order"
        columns = {"order_ref": ("No", "Nr")}

    assert load_mapping(dump_mapping(Shop())).names_of("order_ref") == ("No", "Nr")


GOOD = {"platform": "x", "record": "order", "columns": {"order_ref": "a"}}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"platfrom": "x"}, ["platfrom", "'platform'", "Choices"]),
        ({"record": "orders"}, ["record", "'order'", "interaction"]),
        ({"platform": None}, ["platform", "missing"]),
        ({"columns": None}, ["columns", "missing"]),
        ({"columns": {}}, ["columns", "missing"]),
        ({"columns": ["order_ref"]}, ["columns", "must be"]),
        ({"columns": {"order_ref": {"a": "b"}}}, ["columns", "must be"]),
        ({"columns": {"ordr_ref": "a"}}, ["ordr_ref", "'order_ref'"]),
        ({"columns": {"order_ref": "a", "text": "b"}}, ["'text'", "record 'order'"]),
        ({"columns": {"name": "a"}}, ["order_ref", "key"]),
        ({"columns": {"order_ref": "a"}, "key": ["phone"]}, ["phone", "not among its columns"]),
        ({"record": "customer", "columns": {"city": "a"}}, ["email", "phone"]),
        ({"record": "interaction", "columns": {"text": "a"}}, ["kind"]),
        ({"record": "interaction", "kind": "review", "columns": {"text": "a"}}, ["'at'"]),
        ({"statuses": {"已付": "payed"}}, ["statuses", "payed", "'paid'"]),
        ({"statuses": ["paid"]}, ["statuses", "must be"]),
        ({"order_amounts": "once"}, ["order_amounts", "first_line"]),
        ({"paid_amount": "nett"}, ["paid_amount", "'net'"]),
        ({"decimal": ";"}, ["decimal"]),
        ({"join": "order"}, ["join", "'orders'"]),
        ({"header": 0}, ["header", "line number"]),
        ({"header": True}, ["header"]),
        ({"encoding": "gbk2"}, ["encoding", "gbk2", "gb18030"]),
        ({"encoding": "idna"}, ["encoding", "idna"]),
        ({"date_format": "%Q-%d"}, ["date_format", "%Q-%d"]),
        ({"date_format": ["%Y-%m-%d", ""]}, ["date_format", "''"]),
        ({"currency": "pounds"}, ["currency", "pounds"]),
        ({"delimiter": ",,"}, ["delimiter", "one character"]),
        ({"skip_rows": ["("]}, ["skip_rows", "pattern"]),
        ({"skip_rows": ["合计", "(a+)+$"]}, ["skip_rows", "for ever"]),
        ({"skip_rows": [r"(a|b)\1{20}"]}, ["skip_rows", "for ever"]),
        ({"skip_rows": ["a*a*a*b"]}, ["skip_rows", "for ever"]),
        ({"recognise": "订单编号"}, ["recognise", "must be"]),
        ({"platform": "My Shop"}, ["platform", "My Shop"]),
        ({"title": 5}, ["title"]),
        ({"format": 2}, ["format 2", "newer"]),
    ],
)
def test_mistakes_are_told(change: dict[str, object], told: list[str]) -> None:
    with pytest.raises(MappingError) as caught:
        load_mapping({**GOOD, **change})
    for word in told:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a\n- b\n", "key: value"),
        ("a: [", "YAML"),
        ("a: &a [x]\nb: *a\n", "aliases"),
        ("platform: a\nplatform: b\n", "stands twice"),
        ("[" * 3000, "YAML"),
        ("just words", "key: value"),
        ("", "key: value"),
    ],
)
def test_what_is_no_mapping_at_all(text: str, told: str) -> None:
    with pytest.raises(MappingError, match=told):
        load_mapping(text)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"gone\.yaml cannot be read"):
        load_mapping(tmp_path / "gone.yaml")
    (tmp_path / "gbk.yaml").write_bytes("platform: 淘宝".encode("gbk"))
    with pytest.raises(MappingError, match="UTF-8"):
        load_mapping(tmp_path / "gbk.yaml")
    with pytest.raises(MappingError, match="cannot be read"):
        load_mapping(tmp_path)


def test_methods_are_checked_too() -> None:
    class Wrong(TableImporter):
        platform, record = "x", "order"
        columns = {"order_ref": "a"}

        @column("b")
        def catgory(self, value: str) -> str:
            return value

    with pytest.raises(MappingError, match="'category'"):
        validate(Wrong())

    class Nothing(TableImporter):
        platform, record = "x", "order"
        columns = {"order_ref": "a"}

        @column()
        def city(self) -> str:
            return "x"

    with pytest.raises(MappingError, match="names no column"):
        validate(Nothing())


@pytest.mark.parametrize(
    ("plain", "told"),
    [
        (["(?P<city>.+)", None], "2 patterns for 1 columns"),
        (["(?P<city>.+"], "is no pattern"),
        ([3], "is no pattern"),
        ([r"(?P<city>.+)(?=x)"], "looks around or back"),
        ([r"(?P<city>.+)\1"], "looks around or back"),
        (["(?P<town>.+)"], "'town'"),
        ([".+"], "no pattern has a named group"),
    ],
)
def test_patterns_that_the_database_cannot_use_are_refused(plain: list[str | None], told: str) -> None:
    class Places(TableImporter):
        platform, record = "x", "order"
        recognise = ["r"]
        columns = {"order_ref": ["a"]}

        @column("c", fills=["city"], plain=plain)
        def place(self, one: str) -> dict[str, str]:
            return {"city": one}

    with pytest.raises(MappingError, match=told):
        validate(Places())


def test_names_and_columns_of_an_importer() -> None:
    class TBOrders2016(TableImporter):
        platform, record = "x", "order"
        recognise = ["r"]
        columns = {"order_ref": ["a", "b"]}

        @column("c", ["d", "e"], fills=["city", "province"])
        def place(self, one: str, other: str) -> dict[str, str]:
            return {"city": one, "province": other}

    importer = TBOrders2016()
    assert importer.name == "tb_orders2016"
    assert importer.known_names() == {"r", "a", "b", "c", "d", "e"}
    (computed,) = importer.computed()
    assert (computed.fields, computed.theirs) == (("city", "province"), (("c",), ("d", "e")))
    validate(importer)
