"""The rows of a tile: no figure and no heading is cut, whatever the width; columns are left out instead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore import wide
from crmcore.analytics.tile_rows import first_rows
from crmcore.hooks.reports import Column, Table

BANDS = Table(
    "bands",
    [
        Column("band", "int", zh="档", en="Band"),
        Column("without", zh="多少天没买", en="Days without an order"),
        Column("customers", "int", zh="人数", en="Customers"),
        Column("share", "percent", zh="占比", en="Share"),
        Column("net", "money", zh="曾带来", en="Had brought"),
        Column("days", "int", zh="平均天数", en="Days on average"),
    ],
    [(0, "0-89", 183, 0.341, 17892200, 40), (1, "180-364", 142, 0.265, 6313600, 264)],
)


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (
            34,
            [
                "Days without an",
                "order             Customers  Share",
                "0-89                    183  34.1%",
                "180-364                 142  26.5%",
            ],
        ),
        (
            72,
            [
                "                                                                 Days on",
                "Band  Days without an order  Customers  Share  Had brought       average",
                "   0  0-89                         183  34.1%   178,922.00            40",
                "   1  180-364                      142  26.5%    63,136.00           264",
            ],
        ),
    ],
)
def test_what_has_no_room_is_left_out_whole(width: int, lines: list[str]) -> None:
    assert [line.rstrip() for line in first_rows(BANDS, "CNY", width)] == lines


@given(width=st.integers(24, 120), net=st.integers(-(10**12), 10**12))
def test_nothing_is_cut_at_any_width(width: int, net: int) -> None:
    rows = [(0, "0-89", 183, 0.341, net, 40)]
    found = first_rows(Table("bands", BANDS.columns, rows), "CNY", width)
    assert all(wide.width(line) <= width for line in found)
    assert "…" not in "".join(found)
    assert found[-1].split()[-1] in ("183", "34.1%", f"{net / 100:,.2f}", "40")


def test_a_long_text_is_cut_and_leaves_the_figures_their_room() -> None:
    goods = Table(
        "goods", [Column("title", en="Product"), Column("sold", "int", en="Sold")], [("x" * 60, 12)]
    )
    assert first_rows(goods, "CNY", 30) == ["Product" + " " * 19 + "Sold", "x" * 23 + "…    12"]
    assert first_rows(Table("goods", goods.columns, []), "CNY", 30) == []
