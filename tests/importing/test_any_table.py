"""Whatever is in the cells and whatever the mapping says: rows add up, and twice is once."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crmcore.errors import CrmError
from crmcore.shop import Shop
from tests.examples import examples
from tests.importing.shops import adds_up, check, content, mapping, opened, rows

_WORD = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
_MESSY = st.sampled_from(
    ["", " ", "-", "NULL", "0", "-1", "1.5", "1e5", "2026-01-05", "2026-13-45", "05/06/2026", "yesterday", "￥１２", "138****8000",
     "13800138000", "a@b.co", "***", "'=1+1", '"', "1.23457E+17", "\u3000x\u3000", "a\nb", "小***7", "ﬀ", "İ", "9" * 30, "-0.004"]
)  # fmt: skip
_CELLS = {
    "order_ref": st.sampled_from(["A1", "A2", "A3", "", "a1 "]),
    "buyer_ref": st.sampled_from(["li", "LI", "han", "小***7", ""]),
    "placed_at": st.sampled_from(["2026-01-05 10:00:00", "2026-01-06", ""]),
    "quantity": st.sampled_from(["1", "2", "-1", ""]),
    "unit_price": st.sampled_from(["10.00", "0", "3.333"]),
    "status": st.sampled_from(["paid", "done", "odd"]),
}
_FIELDS = [
    "order_ref", "buyer_ref", "phone", "email", "name", "address", "placed_at", "paid_at", "status", "sku", "title", "quantity",
    "unit_price", "line_total", "order_total", "paid_total", "refund_total", "currency", "note", "tags", "birthday", "extra.x",
]  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]], str, str]:
    """Columns, rows, record and order_amounts of a mapping."""
    columns = draw(st.lists(st.sampled_from(_FIELDS), min_size=2, max_size=9, unique=True))
    found = []
    for _row in range(draw(st.integers(1, 12))):
        found.append(
            [draw(st.one_of(_CELLS.get(one, _MESSY), _CELLS.get(one, _WORD), _MESSY)) for one in columns]
        )
    record = draw(st.sampled_from(["order_line", "order_line", "order", "customer"]))
    return columns, found, record, draw(st.sampled_from(["repeated", "first_line", "per_line"]))


def import_twice(shop: Shop, folder: Path, drawn: tuple[list[str], list[list[str]], str, str]) -> None:
    columns, cells, record, amounts = drawn
    text = io.StringIO()
    csv.writer(text).writerows([columns, *cells])
    file = folder / "any.csv"
    file.write_bytes(text.getvalue().encode("utf-8"))
    try:
        said = mapping(
            folder,
            record=record,
            columns=columns,
            order_amounts=amounts,
            statuses={"paid": "paid", "done": "completed"},
        )
        planned = shop.imports.run([file], mapping=said, dry_run=True)[0]
    except CrmError:
        assert rows(shop, "imports", "id") == []
        return
    (first,) = shop.imports.run([file], mapping=said)
    adds_up(first)
    assert planned.counts == first.counts
    assert first.counts.rejected == len(shop.imports.rejects(first.id or 0))
    check(shop)
    held = content(shop)
    (second,) = shop.imports.run([file], mapping=said)
    adds_up(second)
    assert (second.counts.new, second.counts.changed, second.counts.rejected) == (0, 0, first.counts.rejected)
    assert content(shop) == held
    for one in (second, first):
        assert shop.imports.undo(one.id or 0).kept_count == 0
    assert (
        rows(shop, "orders", "id") == rows(shop, "customers", "id") == rows(shop, "order_lines", "id") == []
    )
    check(shop)


def in_a_new_shop(template: Path, drawn: tuple[list[str], list[list[str]], str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.db"
        shutil.copyfile(template, path)
        with opened(f"sqlite:///{path}") as shop:
            import_twice(shop, Path(folder), drawn)


# Every example is a whole import or five: making a failing one smaller would take longer than reading it.
@settings(
    max_examples=examples(4),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(tables())
def test_rows_add_up_and_twice_is_once(
    sqlite_template: Path, drawn: tuple[list[str], list[list[str]], str, str]
) -> None:
    in_a_new_shop(sqlite_template, drawn)


@pytest.mark.stress
@settings(max_examples=1_000, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(tables())
def test_a_thousand_tables(sqlite_template: Path, drawn: tuple[list[str], list[list[str]], str, str]) -> None:
    in_a_new_shop(sqlite_template, drawn)
