"""Forecasts with the range in which four of five fall: orders, buyers, money; new buyers and their kinds.

Serves S76, S176 and S233. Simple exponential smoothing (Hyndman and Athanasopoulos, Forecasting: Principles
and Practice, 8.1 and 8.7): the level follows each whole month with the weight alpha that would have erred
least; the range is 1.28 standard errors of the one-month error, times the root of 1 + (h - 1) alpha^2 for h
months ahead. Honest limits: it knows neither season nor plan, and says nothing below six whole months.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from crmcore import (
    Chart,
    Column,
    Findings,
    Note,
    Report,
    ReportData,
    Table,
    Title,
    change,
    hookimpl,
    in_words,
    percent,
    platform_titles,
)

about = {"zh": "预测：订单、买家、金额、新客及其类型，附五次中四次会落入的区间。"}

LEAST_MONTHS = 6
EIGHTY_PERCENT = 1.2816  # of a normal distribution, both sides
_Months = Annotated[int, Title("月数", "Months"), {"zh": "往后看多少个月", "en": "so many months ahead"}]


@dataclass(frozen=True)
class Asked:
    """How far ahead."""

    months: _Months = 3

    def __post_init__(self) -> None:
        if not 1 <= self.months <= 24:
            raise ValueError(in_words({"zh": "months 为 1 到 24", "en": "months are 1 to 24"}))


# Whole months only, those without a sale too. The first is whole where the first sale was on its first day.
_MONTHS = """
WITH bounds AS (
    SELECT CAST(date_trunc('month', min(paid_on) + INTERVAL 1 MONTH - INTERVAL 1 DAY) AS DATE) AS first,
        CAST(date_trunc('month', CAST($today AS DATE) + 1) AS DATE) AS stop FROM orders WHERE bought
), months AS (
    SELECT CAST(unnest(generate_series(CAST(first AS TIMESTAMP), CAST(stop AS TIMESTAMP) - INTERVAL 1 DAY,
        INTERVAL 1 MONTH)) AS DATE) AS month FROM bounds
), sold AS (
    SELECT CAST(date_trunc('month', paid_on) AS DATE) AS month, count(*) AS orders,
        count(DISTINCT customer_id) AS buyers, CAST(sum(net) AS BIGINT) AS net
    FROM orders WHERE bought GROUP BY 1
)
SELECT month, coalesce(orders, 0), coalesce(buyers, 0), coalesce(net, 0)
FROM months LEFT JOIN sold USING (month) ORDER BY month
"""
_OF_MONTH = """
SELECT customer_id FROM orders WHERE bought AND CAST(date_trunc('month', paid_on) AS DATE) = $month
"""


def smooth(values: list[float]) -> tuple[float, float, float]:
    """The level after the last value, the weight alpha, and the standard error of the one-step errors."""

    def run(alpha: float) -> tuple[float, float]:
        level, squares = values[0], 0.0
        for value in values[1:]:
            squares += (value - level) ** 2
            level += alpha * (value - level)
        return squares, level

    alpha = min((step / 100 for step in range(1, 101)), key=lambda one: run(one)[0])
    squares, level = run(alpha)
    return level, alpha, (squares / (len(values) - 1)) ** 0.5


def forecast(data: ReportData, asked: Asked) -> Findings:
    """The months ahead, each figure with its range."""
    known = data.query(_MONTHS, today=data.today)
    columns = [
        Column("month", "day", zh="月份", en="Month"),
        *_three("orders", "订单", "Orders", "int"),
        *_three("buyers", "买家", "Buyers", "int"),
        *_three("net", "实收", "Net", "money"),
    ]
    titles = {"zh": "接下来几个月", "en": "The months ahead"}
    if len(known) < LEAST_MONTHS:
        return Findings([Table("ahead", columns, [], **titles)], [], [_too_few(len(known))])
    fits = [smooth([float(row[place]) for row in known]) for place in (1, 2, 3)]
    rows = []
    for ahead in range(1, asked.months + 1):
        cells: list[object] = [_later(known[-1][0], ahead)]
        for level, alpha, error in fits:
            reach = EIGHTY_PERCENT * error * (1 + (ahead - 1) * alpha**2) ** 0.5
            cells += [max(round(level - reach), 0), round(level), round(level + reach)]
        rows.append(tuple(cells))
    past = Table(
        "known",
        [
            Column("month", "day", zh="月份", en="Month"),
            Column("orders", "int", zh="订单", en="Orders"),
            Column("buyers", "int", zh="买家", en="Buyers"),
            Column("net", "money", zh="实收", en="Net"),
        ],
        known[-24:],
        zh="已知的月份",
        en="The months known",
        drill=_OF_MONTH,
    )
    note = Note(
        "范围内的可能是八成；不知道季节、节日和活动。",
        "Four of five months fall into the range; seasons, festivals and campaigns are unknown to it.",
    )
    return Findings(
        [Table("ahead", columns, rows, **titles), past], [Chart("known", "line", "month", ["orders"])], [note]
    )


# New buyers of whole months, and where they came from.
_NEW = """
WITH known AS (
    SELECT customer_id, paid_on, net, CAST(coalesce({kind}, '-') AS VARCHAR) AS kind, first_on,
        row_number() OVER (PARTITION BY customer_id ORDER BY paid_on, id) AS nth
    FROM purchases WHERE customer_id IS NOT NULL
), came AS (
    SELECT customer_id, any_value(kind) FILTER (nth = 1) AS kind, min(first_on) AS first,
        count(*) FILTER (nth > 1 AND paid_on <= first_on + 90) AS again,
        sum(net) FILTER (paid_on <= first_on + 90) AS net
    FROM known GROUP BY 1
)
"""
_KINDS_OF_NEW = (
    _NEW
    + """
SELECT kind, count(*) FILTER (first > $today - 90),
    count(*) FILTER (first BETWEEN $today - 179 AND $today - 90),
    count(*) FILTER (first <= $today - 90 AND first > $today - 455),
    count(*) FILTER (first <= $today - 90 AND first > $today - 455 AND again > 0),
    CAST(avg(net) FILTER (first <= $today - 90 AND first > $today - 455) AS DOUBLE)
FROM came GROUP BY 1 ORDER BY 2 DESC, 3 DESC, 1 LIMIT 30
"""
)
_OF_KIND = _NEW + "SELECT customer_id FROM came WHERE kind = $kind AND first > $today - 90"
_NEW_OF_MONTH = _NEW + "SELECT customer_id FROM came WHERE CAST(date_trunc('month', first) AS DATE) = $month"
_BY_MONTH = (
    _NEW
    + """
SELECT CAST(date_trunc('month', first) AS DATE), count(*) FROM came
WHERE first < date_trunc('month', CAST($today AS DATE) + 1) GROUP BY 1 ORDER BY 1
"""
)


@dataclass(frozen=True)
class Who:
    """Which kinds of new customers, how far ahead."""

    by: Annotated[
        Literal["source", "source_tag", "province", "city", "channel"],
        Title("客户类型", "Kinds by"),
        {"zh": "客户按什么区分类型", "en": "what tells kinds of customers apart"},
    ] = "source"
    months: _Months = 3

    def __post_init__(self) -> None:
        if not 1 <= self.months <= 24:
            raise ValueError(in_words({"zh": "months 为 1 到 24", "en": "months are 1 to 24"}))


def prospects(data: ReportData, asked: Who) -> Findings:
    """How many new customers will come, of which kinds, and which kinds are worth winning."""
    found = dict(data.query(_BY_MONTH.format(kind=asked.by), today=data.today))
    known = [(row[0], found.get(row[0], 0)) for row in data.query(_MONTHS, today=data.today)]
    rows: list[tuple[object, ...]] = []
    notes = []
    if len(known) < LEAST_MONTHS:
        notes.append(_too_few(len(known)))
    else:
        level, alpha, error = smooth([float(count) for _month, count in known])
        for ahead in range(1, asked.months + 1):
            reach = EIGHTY_PERCENT * error * (1 + (ahead - 1) * alpha**2) ** 0.5
            cells = (max(round(level - reach), 0), round(level), round(level + reach))
            rows.append((_later(known[-1][0], ahead), *cells))
    month = Column("month", "day", zh="月份", en="Month")
    ahead_table = Table("ahead", [month, *_three("new", "新客", "New buyers", "int")], rows,
                        zh="接下来的新客", en="New buyers ahead")  # fmt: skip
    past = Table("known", [month, Column("new", "int", zh="新客", en="New buyers")], known[-24:],
                 zh="已知的月份", en="The months known",
                 drill=_NEW_OF_MONTH.format(kind=asked.by))  # fmt: skip
    kinds = _kinds(data, asked)
    charts = [Chart("known", "line", "month", ["new"]), Chart("kinds", "bars", "kind", ["lately"])]
    return Findings([ahead_table, kinds, past], charts, [*notes, *_worth_winning(kinds.rows)])


def _kinds(data: ReportData, asked: Who) -> Table:
    rows = [
        (kind, lately, before, change(lately, before), base, again / base if base else None,
         None if net is None else round(net))
        for kind, lately, before, base, again, net in data.query(
            _KINDS_OF_NEW.format(kind=asked.by), today=data.today)
    ]  # fmt: skip
    columns = [
        Column("kind", "platform" if asked.by == "source" else "text", zh="哪来的", en="From where"),
        Column("lately", "int", zh="近 90 天新客", en="New in 90 days"),
        Column("before", "int", zh="再前 90 天", en="The 90 before"),
        Column("trend", "percent", zh="走势", en="Trend"),
        Column("base", "int", zh="满 90 天的新客（一年）", en="New a year, 90 days known"),
        Column("again", "percent", zh="其中 90 天内再买", en="Again within 90 days"),
        Column("value", "money", zh="90 天内人均", en="Money each in 90 days"),
    ]
    drill = _OF_KIND.format(kind=asked.by)
    return Table("kinds", columns, rows, zh="新客从哪来", en="Where new buyers come from", drill=drill,
                 values={"today": data.today})  # fmt: skip


def _worth_winning(rows: Sequence[Sequence[Any]]) -> list[Note]:
    good = [row for row in rows if row[4] >= 20 and row[6] is not None]
    if len(good) < 2:
        return []
    best = max(good, key=lambda row: (row[6] * (1 + row[5]), row[0]))
    share = percent(best[5])
    zh, en = platform_titles(best[0])
    return [
        Note(
            f"{zh}来的新客最值得争取：90 天内 {share} 会再买。把拉新的钱投到这里。",
            f"New buyers from {en} are worth winning most: {share} buy again within 90 days. Spend on "
            "winning customers there.",
            "good",
        )
    ]


def _too_few(months: int) -> Note:
    return Note(
        f"完整的月份只有 {months} 个，少于 {LEAST_MONTHS} 个：先不猜。",
        f"Only {months} whole months are known, fewer than {LEAST_MONTHS}: no guess is made.",
    )


def _three(name: str, zh: str, en: str, kind: Literal["int", "money"]) -> list[Column]:
    return [
        Column(f"{name}_low", kind, zh=f"{zh} 低", en=f"{en}: low"),
        Column(name, kind, zh=zh, en=en),
        Column(f"{name}_high", kind, zh=f"{zh} 高", en=f"{en}: high"),
    ]


def _later(month: date, months: int) -> date:
    number = month.year * 12 + month.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


@hookimpl
def crm_reports() -> list[Report]:
    """The reports `forecast` and `prospects`."""
    about = {"zh": "接下来几个月大概卖多少？", "en": "About how much will be sold in the next months?"}
    new = {
        "zh": "会来多少新客，从哪来，哪里的最值得争取？",
        "en": "How many new buyers will come, from where, and whom to win?",
    }
    sold = ("orders: customer_id bought paid_on net",)
    came = ("orders: id customer_id bought paid_on net source source_tag province city channel",)
    return [
        Report("forecast", forecast, zh="预测", en="Forecast", needs=sold, parameters=Asked, about=about),
        Report("prospects", prospects, zh="新客", en="New buyers", needs=came, parameters=Who, about=new),
    ]
