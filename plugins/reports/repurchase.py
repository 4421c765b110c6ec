"""Repurchase: how many of a period's buyers bought once, twice, more often; beside the trade, month by month.

Serves S157 to S165; the trade's usual rate and its leading shops stand in the playbook (`benchmarks`, an
entry named as the trade: low, high, source, year, top_shops) or in the settings. A buyer's orders are those
bought (paid, not refunded in full) in the period, by the day of payment. The second-purchase rate is the
share of buyers with two orders or more.

A month is out of the usual when its rate is further from the median of the months before it (six at least)
than three times their median deviation (Leys et al. 2013: outliers must not move the yardstick), and
further than three times what chance does to so many buyers (the standard error of a share).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Annotated

from crmcore import (
    Chart,
    Column,
    Days,
    Findings,
    Note,
    Report,
    ReportData,
    Table,
    Title,
    both_words,
    hookimpl,
    not_whole,
    percent,
)

about = {"zh": "复购率：一段时间的买家里买一次、两次、更多次的各有多少，按月看并与行业对比。"}

_LEAST_MONTHS = 6


@dataclass(frozen=True)
class Benchmark:
    """What is usual in a trade: the range of the second-purchase rate, in per cent, its source and year."""

    trade: str
    low: float
    high: float
    source: str
    year: int


@dataclass(frozen=True)
class TopShop:
    """One of the trade's leading shops: shares of buyers in per cent, and what it does for its members.

    `arrivals`, `themes` and `activities` (theme and member activities) tell its last three months.
    """

    shop: str
    once: float
    twice: float
    services: str = ""
    strong: str = ""
    weak: str = ""
    arrivals: str = ""
    themes: str = ""
    activities: str = ""


_WORDS = ("services", "strong", "weak", "arrivals", "themes", "activities")
_COURSE = "课程资料 / course material"
_TRADES = (
    Benchmark("cosmetics", 25, 30, _COURSE, 2014),  # S162: a trade chart
    Benchmark("cosmetics_large", 20, 20, _COURSE, 2014),  # S163: a shop selling 10 million a month
    Benchmark("womens_wear", 33, 33, _COURSE, 2014),  # S159: one quarter, in which 67 % bought once
    Benchmark("watches", 10, 10, _COURSE, 2014),  # S164: durables
)
_CALLED = {
    "cosmetics": "化妆品 / cosmetics", "cosmetics_large": "化妆品大店 / a big shop for cosmetics",
    "womens_wear": "女装 / women's wear", "watches": "手表 / watches",
}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """What a shop compares itself with."""

    trade: Annotated[
        str,
        Title("行业", "Trade"),
        {
            "zh": "拿哪个行业的常见复购率来对比",
            "en": "the trade whose usual rate stands beside the shop's own",
        },
    ] = "cosmetics"
    benchmarks: Annotated[
        tuple[Benchmark, ...],
        Title("行业复购率", "Usual rates"),
        {"zh": "各行业的常见复购率，带出处和年份", "en": "usual rates by trade, with source and year"},
    ] = _TRADES
    top_shops: Annotated[
        tuple[TopShop, ...],
        Title("领先店铺", "Leading shops"),
        {"zh": "行业里的领先店铺，手工填写", "en": "leading shops of the trade, by hand"},
    ] = ()


_TIMES = """
WITH buyers AS (
    SELECT customer_id, count(*) AS orders, CAST(sum(net) AS BIGINT) AS net
    FROM orders WHERE bought AND customer_id IS NOT NULL AND paid_on BETWEEN $start AND $end GROUP BY 1
)
SELECT least(orders, 3) AS times, count(*), sum(orders), CAST(sum(net) AS BIGINT)
    FROM buyers GROUP BY 1 ORDER BY 1
"""
_BUYERS = """
SELECT customer_id FROM orders WHERE bought AND paid_on BETWEEN $start AND $end
GROUP BY 1 HAVING least(count(*), 3) = $times
"""
_MONTHS = """
WITH buyers AS (
    SELECT CAST(date_trunc('month', paid_on) AS DATE) AS month, customer_id, count(*) AS orders
    FROM orders WHERE bought AND customer_id IS NOT NULL AND paid_on BETWEEN $start AND $end GROUP BY 1, 2
)
SELECT month, count(*), count(*) FILTER (orders >= 2) FROM buyers GROUP BY 1 ORDER BY 1
"""
_AGAIN = """
SELECT customer_id FROM orders
WHERE bought AND paid_on BETWEEN $start AND $end AND CAST(date_trunc('month', paid_on) AS DATE) = $month
GROUP BY 1 HAVING count(*) >= 2
"""


def repurchase(data: ReportData, asked: Days, settings: Settings) -> Findings:
    """The shares, the months, the trade's leading shops, and what follows."""
    values = asked.span(data.today)
    found = {times: rest for times, *rest in data.query(_TIMES, **values)}
    buyers = sum(rest[0] for rest in found.values())
    rows = [
        (times, found[times][0], found[times][0] / buyers, found[times][1], found[times][2])
        for times in (1, 2, 3)
        if times in found
    ]
    again = sum(rest[0] for times, rest in found.items() if times >= 2)
    rate = again / buyers if buyers else None
    months = data.query(_MONTHS, **values)
    benchmark = _benchmark(data, settings)
    tables = [_shares(rows, values), _by_month(months, values), *_leaders(_top_shops(data, settings), rows)]
    charts = [Chart("times", "bars", "times", ["share"]), Chart("months", "line", "month", ["rate"])]
    since = [values["start"], data.one("SELECT min(paid_on) FROM orders WHERE bought")]
    partly = not_whole("month", [row[0] for row in months], since, values["end"], data.today)
    return Findings(tables, charts, [*_notes(rate, benchmark, months), *partly])


def _shares(rows: list[tuple[object, ...]], values: dict[str, date]) -> Table:
    columns = [
        Column("times", "int", zh="购买次数（3 为 3 次及以上）", en="Orders (3: three or more)"),
        Column("buyers", "int", zh="买家", en="Buyers"),
        Column("share", "percent", zh="占比", en="Share"),
        Column("orders", "int", zh="订单", en="Orders placed"),
        Column("net", "money", zh="实收", en="Net"),
    ]

    titles = {"zh": "买了几次", "en": "How often they bought"}
    return Table("times", columns, rows, **titles, drill=_BUYERS, values=values)


def _by_month(months: list[tuple[date, int, int]], values: dict[str, date]) -> Table:
    rates = [again / buyers for _month, buyers, again in months]
    rows = [
        (month, buyers, again, rate, "!" if _is_unusual(rate, buyers, rates[:place]) else "")
        for place, ((month, buyers, again), rate) in enumerate(zip(months, rates, strict=True))
    ]
    columns = [
        Column("month", "day", zh="月份", en="Month"),
        Column("buyers", "int", zh="买家", en="Buyers"),
        Column("again", "int", zh="当月买 2 次以上", en="Bought twice in it"),
        Column("rate", "percent", zh="二次购买率", en="Second-purchase rate"),
        Column("unusual", zh="异常", en="Unusual"),
    ]
    titles = {"zh": "逐月", "en": "Month by month"}
    return Table("months", columns, rows, **titles, drill=_AGAIN, values=values)


def _is_unusual(rate: float, buyers: int, before: list[float]) -> bool:
    if len(before) < _LEAST_MONTHS:
        return False
    middle = median(before)
    spread = 1.4826 * median(abs(one - middle) for one in before)
    share = max(middle, 1 / buyers)
    chance = (share * max(1 - share, 0.0) / buyers) ** 0.5
    return abs(rate - middle) > 3 * max(spread, chance)


def _benchmark(data: ReportData, settings: Settings) -> Benchmark | None:
    """The usual rate of the shop's trade: its playbook's, else that of the settings."""
    body = data.playbook("benchmarks").get(settings.trade, {})
    low, high = body.get("low"), body.get("high", body.get("low"))
    if isinstance(low, int | float) and isinstance(high, int | float):
        year = body.get("year")
        return Benchmark(
            settings.trade, low, high, str(body.get("source", "")), year if isinstance(year, int) else 0
        )
    return next((one for one in settings.benchmarks if one.trade == settings.trade), None)


def _top_shops(data: ReportData, settings: Settings) -> list[TopShop]:
    """The trade's leading shops: those of the playbook's entry of the trade, then those of the settings."""
    found = []
    listed = data.playbook("benchmarks").get(settings.trade, {}).get("top_shops")
    for one in listed if isinstance(listed, list) else []:
        shares = (one.get("once"), one.get("twice")) if isinstance(one, dict) else ()
        if len(shares) == 2 and all(isinstance(share, int | float) for share in shares):
            words = (str(one.get(name, "")) for name in _WORDS)
            found.append(TopShop(str(one.get("shop", "")), *shares, *words))
    return [*found, *settings.top_shops]


def _leaders(shops: list[TopShop], rows: list[tuple[object, ...]]) -> list[Table]:
    if not shops:
        return []
    shares = {row[0]: row[2] for row in rows}
    listed = [
        (one.shop, one.once / 100, one.twice / 100, *(getattr(one, name) for name in _WORDS)) for one in shops
    ]
    columns = [
        Column("shop", zh="店铺", en="Shop"),
        Column("once", "percent", zh="买 1 次", en="Once"),
        Column("twice", "percent", zh="买 2 次", en="Twice"),
        Column("services", zh="会员服务", en="Member services"),
        Column("strong", zh="强项", en="Strong"),
        Column("weak", zh="弱项", en="Weak"),
        Column("arrivals", zh="近三月上新", en="New arrivals, 3 months"),
        Column("themes", zh="主题活动", en="Theme activities"),
        Column("activities", zh="会员活动", en="Member activities"),
    ]
    own = ("*", shares.get(1, 0.0), shares.get(2, 0.0), *[""] * len(_WORDS))
    return [
        Table(
            "top_shops",
            columns,
            [own, *listed],
            zh="行业 TOP 店铺（* 为本店）",
            en="Leading shops (* is ours)",
        )
    ]


def _notes(
    rate: float | None, benchmark: Benchmark | None, months: list[tuple[date, int, int]]
) -> list[Note]:
    if rate is None:
        return [Note("这段时间没有买家。", "Nobody bought in this time.")]
    share = percent(rate)
    notes = [Note(f"买 2 次以上的占 {share}。", f"{share} of the buyers bought twice or more often.")]
    if benchmark is not None:
        usual = (
            f"{benchmark.low:g}"
            if benchmark.low == benchmark.high
            else f"{benchmark.low:g}-{benchmark.high:g}"
        )
        trade_zh, trade_en = both_words(_CALLED.get(benchmark.trade, benchmark.trade))
        source_zh, source_en = both_words(benchmark.source)
        told_zh = f"行业（{trade_zh}）一般为 {usual}%（{source_zh}，{benchmark.year}）。"
        told_en = f"Usual in the trade ({trade_en}) is {usual}% ({source_en}, {benchmark.year})."
        if rate * 100 < benchmark.low:
            notes.append(
                Note(
                    told_zh + "低于行业：看看 TOP10 店铺最近 3 个月的上新、主题活动和会员活动。",
                    told_en + " Below it: study the last three months' new arrivals, theme and member "
                    "activities of the leading shops.",
                    "warn",
                )
            )
        else:
            notes.append(
                Note(
                    told_zh + "不低于行业：老客维护不是眼下的问题，去看流量和转化，多收会员。",
                    told_en
                    + " Not below it: keeping customers is not the present problem; look at traffic and "
                    "conversion, and gather members.",
                    "good",
                )
            )
    rates = [again / buyers for _month, buyers, again in months]
    for place, (month, buyers, _again) in enumerate(months):
        if _is_unusual(rates[place], buyers, rates[:place]):
            told = f"{month:%Y-%m}"
            text = percent(rates[place])
            keep = f"crm report note repurchase {told}"
            notes.append(
                Note(
                    f"{told} 的二次购买率 {text} 偏离平时：找出原因并记下来（{keep} 原因）。",
                    f"The rate of {told}, {text}, is out of the usual: find the cause and keep it "
                    f"({keep} CAUSE).",
                    "warn",
                )
            )
    return notes


@hookimpl
def crm_reports(settings: Settings) -> list[Report]:
    """The report `repurchase`."""

    def worked_out(data: ReportData, asked: Days) -> Findings:
        return repurchase(data, asked, settings)

    return [
        Report(
            "repurchase",
            worked_out,
            zh="复购",
            en="Repurchase",
            needs=("orders: customer_id bought paid_on net",),
            parameters=Days,
            about={
                "zh": "买一次、两次、多次的各占多少？比行业高还是低？",
                "en": "How many bought once, twice, more often? More or less than in the trade?",
            },
        )
    ]
