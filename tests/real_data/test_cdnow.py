"""23,570 buyers of CDs whose history analysts know by heart, against their figures and against pandas."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from crmcore.shop import Shop
from tests.importing.shops import check, import_one, mapping
from tests.real_data.conftest import DATA

CALIBRATION = date(1997, 9, 30)
AS_OF = (date(1997, 3, 31), CALIBRATION, date(1998, 6, 30))


def purchases() -> pd.DataFrame:
    """Every purchase with the cents as whole numbers."""
    path = DATA / "cdnow_master.txt.gz"
    found = pd.read_csv(
        path,
        sep=r"\s+",
        skiprows=1,
        names=["id", "day", "cds", "dollars"],
        dtype={"id": str, "day": str, "dollars": str},
    )
    found["day"] = pd.to_datetime(found["day"], format="%Y%m%d")
    found["cents"] = found["dollars"].str.replace(".", "").astype(int)
    return found


def segments_by_pandas(every: pd.DataFrame, as_of: date) -> dict[str, int]:
    """How many customers each segment has, from its definition."""
    until = pd.Timestamp(as_of)
    people = every[every["day"] <= until].groupby("id").agg(
        orders=("cents", "size"), cents=("cents", "sum"), last=("day", "max")
    )  # fmt: skip
    days = (until - people["last"]).dt.days
    # The average to the cent, halves away from zero.
    average = (2 * people["cents"] + people["orders"]) // (2 * people["orders"])
    by_spending = people["cents"].sort_values(ascending=False)
    short_of_it = by_spending.cumsum() * 100 < by_spending.sum() * 80
    return {
        "once": int((people["orders"] == 1).sum()),
        "three_or_more": int((people["orders"] >= 3).sum()),
        "lapsed_90": int(((days >= 90) & (days < 180)).sum()),
        "aov_below_100": int((average < 10_000).sum()),
        "key_customers": int(short_of_it.sum()) + 1,
    }


def known_answers() -> pd.DataFrame:
    """Frequency, recency and T by the customer number of the whole file."""
    sample = pd.read_csv(
        DATA / "cdnow_sample.txt.gz",
        sep=r"\s+",
        header=None,
        usecols=[0, 1],
        names=["id", "ID"],
        dtype={"id": str},
    ).drop_duplicates()
    answers = pd.read_csv(DATA / "cdnow_customers_summary.csv")
    return answers.merge(sample, on="ID").set_index("id")


def test_cdnow(make_shop: Callable[[str, str], Shop], tmp_path: Path) -> None:
    path = tmp_path / "CDNOW_master.txt"
    path.write_bytes(gzip.decompress((DATA / "cdnow_master.txt.gz").read_bytes()))
    said = mapping(
        tmp_path, "cdnow", platform="cdnow", record="order", currency="USD", time_zone="America/New_York",
        delimiter=" ", date_format="%Y%m%d", key=["buyer_ref", "placed_at", "quantity", "order_total"],
        columns={"buyer_ref": "customer_id", "placed_at": "date", "quantity": "number_of_cds", "order_total": "dollar_value"},
    )  # fmt: skip
    every = purchases()
    with make_shop("USD", "America/New_York") as shop:
        result = import_one(shop, path, mapping=said)
        assert (result.counts.new, result.counts.customers_new) == (len(every), 23_570) == (69_659, 23_570)

        answers = known_answers()
        assert len(answers) == 2_357
        found = figures(shop).loc[answers.index]
        until = pd.Timestamp(CALIBRATION)
        assert (found["order_days"] - 1).tolist() == answers["frequency"].tolist()
        assert ((found["last"] - found["first"]).dt.days / 7).round(2).tolist() == answers["recency"].tolist()
        assert ((until - found["first"]).dt.days / 7).round(2).tolist() == answers["T"].tolist()

        for day in AS_OF:
            expected = segments_by_pandas(every, day)
            assert {name: shop.segments.count(name, day).count for name in expected} == expected, day
        check(shop)


def figures(shop: Shop) -> pd.DataFrame:
    """`order_days`, first and last order's local day by the file's customer number, as of the calibration's end."""
    from crmcore.store.schema import identities

    cards = shop.facts.cards_as_of(shop.clock(CALIBRATION))
    query = sa.select(identities.c.value, cards.c.order_days, cards.c.first_order_at, cards.c.last_order_at)
    query = query.join(identities, identities.c.customer_id == cards.c.customer_id)
    with shop.database.read() as connection:
        found = pd.DataFrame(
            connection.execute(query).all(), columns=["id", "order_days", "first", "last"]
        ).set_index("id")
    for one in ("first", "last"):
        moments = pd.to_datetime(found[one], unit="s", utc=True).dt.tz_convert("America/New_York")
        found[one] = moments.dt.tz_localize(None).dt.normalize()
    return found
