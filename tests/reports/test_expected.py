"""BG/NBD on the sample of CDNOW: the parameters and the forecast of the paper that brought the model."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
import sqlalchemy as sa
from crm_reports.expected import Model, expected_orders

from crmcore.shop import Shop

# Fader, Hardie and Lee (2005), table 2: 39 weeks from 1 January 1997.
PAPER = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
CALIBRATION = date(1997, 9, 30)


def test_the_parameters_of_the_paper(cdnow: Shop, purchases: pd.DataFrame) -> None:
    result = cdnow.reports.run("expected", {"weeks": "39"}, as_of=CALIBRATION)
    said = result.findings.notes[1].en
    found = dict(
        zip(*[iter(said.partition(": ")[2].partition(". It")[0].replace(",", "").split())] * 2, strict=True)
    )
    assert {name: float(value) for name, value in found.items()} == pytest.approx(PAPER, abs=0.002)
    # What came in the 39 weeks after: days with an order of those who had bought before.
    first = purchases.groupby("id")["day"].min()
    later = purchases[purchases["day"] > pd.Timestamp(CALIBRATION)][["id", "day"]].drop_duplicates()
    came = int(later["id"].map(first).le(pd.Timestamp(CALIBRATION)).sum())
    promised = float(
        result.findings.notes[0].en.partition("about ")[2].partition(" days")[0].replace(",", "")
    )
    assert promised == pytest.approx(came, rel=0.13)  # the paper: a little too low, too


def test_likely_customers_stand_first_and_chances_are_chances(cdnow: Shop) -> None:
    tables = cdnow.reports.run("expected", as_of=CALIBRATION).findings.tables
    people = [row for table in tables if table.name == "people" for row in table.rows]
    assert [row[6] for row in people] == sorted((row[6] for row in people), reverse=True)  # type: ignore[type-var]
    assert all(0 < row[5] <= 1 for row in people)  # type: ignore[operator]
    assert sum(row[2] for row in tables[0].rows) == 2357  # type: ignore[misc]


def test_what_orders_bring_by_the_parameters_of_the_paper(cdnow: Shop, purchases: pd.DataFrame) -> None:
    result = cdnow.reports.run("expected", {"weeks": "39", "limit": "1000"}, as_of=CALIBRATION)
    said = result.findings.notes[2].en.partition("gamma-gamma: ")[2].partition(";")[0]
    found = {one.split()[0]: float(one.split()[1]) for one in said.split(", ")}
    # Fader and Hardie (2013), the same 946 people with repeat orders.
    assert found == pytest.approx({"p": 6.25, "q": 3.74, "v": 15.44}, rel=0.01)
    known = purchases[purchases["day"] <= pd.Timestamp(CALIBRATION)]
    days = known.groupby(["id", "day"])["cents"].sum().reset_index()
    repeat = days[days["day"] > days.groupby("id")["day"].transform("min")]
    money = repeat.groupby("id")["cents"].mean() / 100
    people = next(one for one in result.findings.tables if one.name == "people")
    with cdnow.database.read() as connection:
        names = dict(connection.execute(sa.text("SELECT customer_id, value FROM identities")).all())
    r, alpha, a, b = PAPER.values()
    for who, last, ahead_on, number, net, alive, orders, value in people.rows[:200]:
        mine = days[days["id"] == str(names[who]).rpartition(":")[2]]
        x, m = len(mine) - 1, money[mine["id"].iloc[0]]
        all_of = known[known["id"] == mine["id"].iloc[0]]
        assert (number, net) == (len(all_of), all_of["cents"].sum())
        t = (mine["day"].max() - mine["day"].min()).days / 7
        age = (pd.Timestamp(CALIBRATION) - mine["day"].min()).days / 7
        gone = a / (b + x - 1) * ((alpha + age) / (alpha + t)) ** (r + x)
        assert alive == pytest.approx(1 / (1 + gone), abs=0.002)
        mean = found["p"] * (found["v"] + x * m) / (found["p"] * x + found["q"] - 1)
        assert value == pytest.approx(orders * mean * 100, rel=0.01)  # type: ignore[operator]
        span = mine["day"].max() - mine["day"].min()
        assert ahead_on == (mine["day"].max() + pd.Timedelta(days=round(span.days / x))).date()
        assert last == mine["day"].max().date()


def test_what_one_buyer_will_do_is_what_the_authors_worked_out() -> None:
    # The spreadsheet that goes with the paper: two repeat days, the last after 30.43 of 38.86 weeks; 39 weeks on.
    model = Model(0.243, 4.414, 0.793, 2.426)
    assert expected_orders(model, 2, 30.43, 38.86, 39) == pytest.approx(1.226, abs=0.001)


def test_with_too_little_known_no_guess_is_made(cdnow: Shop) -> None:
    result = cdnow.reports.run("expected", {"weeks": "13"}, as_of=date(1997, 1, 31))
    assert not result.findings.tables[0].rows
    assert "no guess" in result.findings.notes[0].en


def test_the_forecast_is_smoothed_with_the_weight_that_erred_least(
    cdnow: Shop, purchases: pd.DataFrame
) -> None:
    months = purchases.groupby(purchases["day"].dt.to_period("M"))["cents"].size().to_numpy(float)
    assert len(months) == 18

    def squares(alpha: float) -> tuple[float, float]:
        level, total = months[0], 0.0
        for value in months[1:]:
            total += (value - level) ** 2
            level = alpha * value + (1 - alpha) * level
        return total, level

    alpha = min((step / 100 for step in range(1, 101)), key=lambda one: squares(one)[0])
    total, level = squares(alpha)
    error = (total / 17) ** 0.5
    result = cdnow.reports.run("forecast", {"months": "2"}, as_of=date(1998, 6, 30))
    first, second = (row[:4] for row in result.findings.tables[0].rows)
    assert first == (
        date(1998, 7, 1),
        round(max(level - 1.2816 * error, 0)),
        round(level),
        round(level + 1.2816 * error),
    )
    wider = 1.2816 * error * (1 + alpha**2) ** 0.5
    assert second == (date(1998, 8, 1), round(max(level - wider, 0)), round(level), round(level + wider))


def test_half_a_month_is_no_month_of_the_forecast(cdnow: Shop) -> None:
    result = cdnow.reports.run("forecast", as_of=date(1997, 6, 15))
    assert "Only 5 whole months" in result.findings.notes[0].en
