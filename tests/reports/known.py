"""What is known of the made-up shop without asking it: frames that the tests of all reports share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from math import floor
from typing import Any

import pandas as pd
import pytest

from tests.reports import made_up
from tests.reports.made_up import TODAY

NOW = pd.Timestamp(TODAY)
ORDERS, LINES = made_up.frame(), made_up.line_frame()
BOUGHT = ORDERS[ORDERS["bought"]]
KNOWN = BOUGHT.dropna(subset="who")
FIRST = BOUGHT.groupby("who")["paid"].min()
PEOPLE = pd.DataFrame(made_up.people()).set_index("buyer_ref")
TALKS = pd.DataFrame(made_up.talks()).assign(day=lambda one: pd.to_datetime(one["at"]).dt.normalize())
TRAFFIC = pd.DataFrame(made_up.traffic()).assign(
    day=lambda one: pd.to_datetime(one["day"]), site=lambda one: one["site"].fillna(""),
    spent=lambda one: (one["spent"].astype(float) * 100).round(),
)  # fmt: skip


def between(frame: pd.DataFrame, first: Any, last: Any, by: str = "paid") -> pd.DataFrame:
    """The rows of those days, the last one too."""
    return frame[frame[by].between(pd.Timestamp(first), pd.Timestamp(last))]


def rounded(value: float) -> int:
    """To the nearest whole number, a half upwards, as SQL does with what is not below nought."""
    return floor(value + 0.5)


def share(part: float, whole: float) -> float | None:
    """One by the other; None where there is no other."""
    return part / whole if whole else None


def near(rows: Iterable[Sequence[object]]) -> list[tuple[object, ...]]:
    """Rows to compare with, whose fractions need to be near only."""
    return [
        tuple(pytest.approx(one, rel=1e-9) if isinstance(one, float) else one for one in row) for row in rows
    ]


def month(period: pd.Period) -> date:
    """The first day of a period."""
    return period.start_time.date()
