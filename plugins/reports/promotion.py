"""What a promotion brought: before, during, after, and the same days of last year; by tag; what it earned.

Serves S153, S168, S169 and S235. The days before and after are as many as the promotion's; last year's are
those 364 days earlier, the same days of the week. A new buyer buys for the first time in the phase. Lift is
turnover a day against that of the other phase. What it cost comes from `cost`, else from what traffic
figures say was spent in its days (by the site whose name is the tag, where a tag is given) and from what the
campaigns cost that began in them: messages, commission, and what was written down. What those campaigns did
is told against their control groups, as `crm campaign report` tells it, as of now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, NamedTuple

from crmcore import (
    Chart,
    Column,
    Findings,
    Note,
    Report,
    ReportData,
    Table,
    Title,
    hookimpl,
    in_words,
    percent,
)

about = {"zh": "促销效果：活动前、中、后与去年同期对比，可按活动标签看。"}

Rows = list[tuple[Any, ...]]
Campaigns = dict[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Asked:
    """Which promotion."""

    start: Annotated[
        date | None,
        Title("第一天", "First day"),
        {
            "zh": "促销的第一天；不填则为最后一天之前 7 天",
            "en": "its first day; without it 7 days before the last",
        },
    ] = None
    end: Annotated[
        date | None,
        Title("最后一天", "Last day"),
        {"zh": "促销的最后一天；不填则为今天", "en": "its last day; without it today"},
    ] = None
    campaign: Annotated[
        str,
        Title("活动或节点", "Campaign, occasion"),
        {
            "zh": "营销活动或日历里的节点，日期由它来定",
            "en": "a campaign or an occasion of the calendar, which tells its days",
        },
    ] = ""
    year: Annotated[
        int,
        Title("年份", "Year"),
        {
            "zh": "节点的年份；0 为最近已开始的那次",
            "en": "the year of the occasion; 0: the newest that has begun",
        },
    ] = 0
    tag: Annotated[
        str,
        Title("活动标签", "Campaign tag"),
        {"zh": "活动期间只看带这个活动标签的订单", "en": "only orders with this campaign tag, during it"},
    ] = ""
    cost: Annotated[
        float,
        Title("花费", "Cost"),
        {
            "zh": "促销的全部花费，单位元；0 则用流量数据和活动里记的花费",
            "en": "all it cost, in major units; 0: what traffic figures and campaigns say",
        },
    ] = 0.0
    goal: Annotated[
        float,
        Title("目标成交额", "Goal"),
        {
            "zh": "目标成交额，单位元；0 则用活动里定的目标",
            "en": "turnover it was to reach, in major units; 0: what its campaigns say",
        },
    ] = 0.0

    def __post_init__(self) -> None:
        if self.cost < 0 or self.goal < 0:
            raise ValueError(in_words({"zh": "cost 和 goal 不小于 0", "en": "cost and goal are 0 or more"}))
        if self.start and self.end and self.end < self.start:
            raise ValueError(in_words({"zh": "end 早于 start", "en": "end is before start"}))


class Phase(NamedTuple):
    """A stretch of days."""

    name: str
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many they are."""
        return (self.last - self.first).days + 1


_TITLES = {
    "before": "之前 / before",
    "during": "活动中 / during",
    "after": "之后 / after",
    "last_year": "去年同期 / last year",
}
_PHASE = """
SELECT count(*), count(DISTINCT customer_id),
    count(DISTINCT customer_id) FILTER (first_on >= $first),
    count(DISTINCT customer_id) FILTER (first_on < $first),
    CAST(coalesce(sum(net), 0) AS BIGINT), CAST(coalesce(sum(refunded), 0) AS BIGINT)
FROM purchases WHERE paid_on BETWEEN $first AND $last AND ($tag = '' OR source_tag = $tag)
"""
_TAGS = """
WITH spending AS (
    SELECT site AS tag, sum(spent) AS spent FROM traffic WHERE on_day BETWEEN $first AND $last AND site <> ''
    GROUP BY 1
), tagged AS (
    SELECT coalesce(source_tag, '-') AS tag, count(*) AS orders, count(DISTINCT customer_id) AS buyers,
        count(DISTINCT customer_id) FILTER (first_on >= $first) AS fresh, CAST(sum(net) AS BIGINT) AS net
    FROM purchases WHERE paid_on BETWEEN $first AND $last GROUP BY 1
)
SELECT tag, orders, buyers, fresh, net, net / nullif(sum(net) OVER (), 0), CAST(spent AS BIGINT),
    net / nullif(spent, 0)
FROM tagged LEFT JOIN spending USING (tag) ORDER BY net DESC, tag
"""
_BUYERS = """
SELECT customer_id FROM orders
WHERE bought AND paid_on BETWEEN $first AND $last
    AND ($tag = '' OR $phase <> '活动中 / during' OR source_tag = $tag)
"""
# The phases stand in three lists, for the row tells its name only.
_OF_PHASE = """
SELECT customer_id FROM orders
WHERE bought AND paid_on BETWEEN list_extract($firsts, list_position($phases, $phase))
    AND list_extract($lasts, list_position($phases, $phase))
"""
_OF_TAG = """
SELECT customer_id FROM orders
WHERE bought AND paid_on BETWEEN $first AND $last AND coalesce(source_tag, '-') = $tag
"""
_SPENT = "SELECT CAST(sum(spent) AS BIGINT) FROM traffic_days WHERE on_day BETWEEN $first AND $last"
_SPENT_AT = """
SELECT CAST(sum(spent) AS BIGINT) FROM traffic WHERE site = $tag AND on_day BETWEEN $first AND $last
"""


def promotion(data: ReportData, asked: Asked) -> Findings:
    """The phases and the tags."""
    told = _told(data, asked)
    if told is None:
        note = Note(
            f"没有开始过的活动或日历日子叫 {asked.campaign}：看 crm calendar list。",
            f"No campaign or occasion called {asked.campaign} has begun: see crm calendar list.",
            "warn",
        )
        return Findings([Table("phases", _COLUMNS, [])], [], [note])
    phases = _phases(told, data.today)
    found = [
        (
            phase,
            *data.query(_PHASE, first=phase.first, last=phase.last, tag=asked.tag if phase == told else "")[
                0
            ],
        )
        for phase in phases
    ]
    rows = [_row(*one) for one in found]
    table = Table("phases", _COLUMNS, rows, zh="活动前后", en="Before, during, after", drill=_BUYERS,
                  values={"tag": asked.tag})  # fmt: skip
    span = {"first": told.first, "last": told.last}
    tags = Table("tags", _TAGGED, data.query(_TAGS, **span), zh="按来源标记", en="By campaign tag",
                 drill=_OF_TAG, values=span)  # fmt: skip
    began = {phase.name: _began(data, phase) for phase in phases}
    returns = [_return(data, asked, row[0], row[5], began[row[0].name]) for row in found]
    lists = {"phases": [_TITLES[one.name] for one in phases], "firsts": [one.first for one in phases],
             "lasts": [one.last for one in phases]}  # fmt: skip
    earned = Table("returns", _RETURNS, returns, zh="投入产出", en="What it returned", drill=_OF_PHASE,
                   values=lists)  # fmt: skip
    mine = began["during"]
    tables = [table, tags, earned, *_of_campaigns(mine)]
    cost = next(row[4] for row in returns if row[0] == _TITLES["during"])
    notes = _notes(data, {row[0].name: row for row in found}, cost)
    return Findings(tables, [Chart("phases", "bars", "phase", ["per_day"])], [*notes, *_lifted(data, mine)])


def _told(data: ReportData, asked: Asked) -> Phase | None:
    if not asked.campaign:
        end = asked.end or data.today
        return Phase("during", asked.start or end - timedelta(days=6), end)
    for family in ("campaigns", "calendars"):
        periods = data.playbook(family).get(asked.campaign, {}).get("periods", [])
        begun = [tuple(map(date.fromisoformat, one)) for one in periods if one[0] <= f"{data.today}"]
        wanted = [one for one in begun if asked.year in (0, one[0].year)]
        if wanted:
            return Phase("during", *wanted[-1])
    return None


def _phases(told: Phase, today: date) -> list[Phase]:
    size, year = timedelta(days=told.days), timedelta(days=364)
    found = [
        Phase("before", told.first - size, told.first - timedelta(days=1)),
        told,
        Phase("after", told.last + timedelta(days=1), min(told.last + size, today)),
        Phase("last_year", told.first - year, told.last - year),
    ]
    return [one for one in found if one.first <= min(one.last, today)]


def _row(phase: Phase, orders: int, buyers: int, new: int, old: int, net: int, back: int) -> tuple[Any, ...]:
    each = round(net / orders) if orders else None
    figures = (orders, buyers, new, old, net, back, round(net / phase.days), each)
    return (_TITLES[phase.name], phase.first, phase.last, phase.days, *figures)


def _began(data: ReportData, phase: Phase) -> Campaigns:
    """What the campaigns of the shop that began in these days have earned, the newest of them."""
    found = {}
    for name, told in data.playbook("campaigns").items():
        begun = date.fromisoformat(told["periods"][0][0])
        if phase.first <= begun <= phase.last and len(found) < _MOST_CAMPAIGNS:
            earned = data.campaign(name)
            if earned is not None:
                found[name] = earned
    return found


def _return(data: ReportData, asked: Asked, phase: Phase, net: int, began: Campaigns) -> tuple[Any, ...]:
    """What was turned over in a phase, all it cost, and the goal."""
    during = phase.name == "during"
    tag = asked.tag if during else ""
    spent = data.one(_SPENT_AT if tag else _SPENT, tag=tag, first=phase.first, last=phase.last)
    messages = sum(one["cost"]["all"] for one in began.values()) if began else None
    known = [one for one in (spent, messages) if one is not None]
    cost = data.minor(asked.cost) if asked.cost and during else sum(known) if known else None
    goal = data.minor(asked.goal) if asked.goal and during else _goal(data, began)
    back = (net / cost, (net - cost) / cost) if cost else (None, None)
    return _TITLES[phase.name], net, spent, messages, cost, *back, goal, net / goal if goal else None


def _goal(data: ReportData, began: Campaigns) -> int | None:
    """The turnover that the campaigns were to reach together; None where none says so."""
    told = [one["goal_value"] for one in began.values() if one["goal"] == "revenue" and one["goal_value"]]
    return sum(data.minor(float(one)) for one in told) if told else None


def _of_campaigns(began: Campaigns) -> list[Table]:
    if not began:
        return []
    rows = []
    for name, one in began.items():
        lift = one["lift"] or {}
        sizes = [(lift.get(part), lift.get(f"{part}_buyers")) for part in ("reached", "control")]
        shares = [buyers / people if people else None for people, buyers in sizes]
        orders = one["by_code"]["orders"] + one["by_window"]["orders"]
        rows.append((
            name, _went_out(one), orders, one["revenue"], one["cost"]["all"], one["roi"], lift.get("control"),
            *shares, lift.get("difference"), _VERDICTS[lift.get("verdict")], one["extra_revenue"],
            one["roi_of_lift"], one["year_ago"]["revenue"], one["period_before"]["revenue"],
            one["unsubscribed"] + one["complained"],
        ))  # fmt: skip
    return [Table("campaigns", _EARNED, rows, zh="期间开始的活动", en="Campaigns that began then")]


def _went_out(earned: Mapping[str, Any]) -> int:
    """How many messages went out, as far as anybody can tell."""
    states = earned["messages"]["states"]
    return sum(states.get(one, 0) for one in ("handed", "sent", "delivered", "unknown"))


def _lifted(data: ReportData, began: Campaigns) -> list[Note]:
    """What the control groups say, campaign by campaign."""
    notes = []
    for name, one in began.items():
        lift = one["lift"]
        if lift is None or lift["verdict"] == "unclear":
            continue
        points = f"{lift['difference'] * 100:+.1f}"
        extra, cost = data.money(one["extra_revenue"] or 0), data.money(one["cost"]["all"])
        good = lift["verdict"] == "more" and (one["extra_revenue"] or 0) > one["cost"]["all"]
        notes.append(
            Note(
                f"{name}：比对照组多买 {points} 个百分点，多卖 {extra}，花了 {cost}。",
                f"{name}: {points} points more bought than in the control group, {extra} more sold, {cost} "
                "spent.",
                "good" if good else "warn",
            )
        )
    return notes


_MOST_CAMPAIGNS = 10
_VERDICTS = {
    None: "没有对照组 / no control group",
    "more": "确实多买了 / more bought",
    "less": "反而少买了 / fewer bought",
    "unclear": "看不出来 / too small to tell",
}
_RETURNS = [
    Column("phase", "label", zh="段", en="Phase"),
    Column("net", "money", zh="实收", en="Net"),
    Column("advertising", "money", zh="推广花费", en="Advertising"),
    Column("campaigns", "money", zh="活动花费", en="Campaigns"),
    Column("cost", "money", zh="花费合计", en="All costs"),
    Column("return", "number", zh="产出是投入的几倍", en="Turnover per spent"),
    Column("roi", "percent", zh="投资回报率", en="ROI"),
    Column("goal", "money", zh="目标", en="Goal"),
    Column("of_goal", "percent", zh="完成", en="Reached"),
]
_EARNED = [
    Column("campaign", zh="活动", en="Campaign"),
    Column("sent", "int", zh="已发", en="Sent"),
    Column("orders", "int", zh="订单", en="Orders"),
    Column("revenue", "money", zh="成交", en="Turnover"),
    Column("cost", "money", zh="花费", en="Cost"),
    Column("roi", "percent", zh="投资回报率", en="ROI"),
    Column("control", "int", zh="对照组", en="Control group"),
    Column("bought", "percent", zh="收到的购买率", en="Bought, reached"),
    Column("bought_without", "percent", zh="对照组购买率", en="Bought, control"),
    Column("difference", "percent", zh="差", en="Difference"),
    Column("verdict", "label", zh="结论", en="What that says"),
    Column("extra", "money", zh="多卖", en="Sold more"),
    Column("roi_of_lift", "percent", zh="多卖的回报率", en="ROI of that"),
    Column("year_ago", "money", zh="全店去年同期", en="Shop a year ago"),
    Column("before", "money", zh="全店上一期", en="Shop before"),
    Column("complained", "int", zh="退订和投诉", en="Unsubscribed, complained"),
]
_COLUMNS = [
    Column("phase", "label", zh="段", en="Phase"),
    Column("first", "day", zh="从", en="From"),
    Column("last", "day", zh="到", en="To"),
    Column("days", "int", zh="天数", en="Days"),
    Column("orders", "int", zh="订单", en="Orders"),
    Column("buyers", "int", zh="买家", en="Buyers"),
    Column("new", "int", zh="新客", en="New"),
    Column("old", "int", zh="老客", en="Old"),
    Column("net", "money", zh="实收", en="Net"),
    Column("refunded", "money", zh="退款", en="Refunded"),
    Column("per_day", "money", zh="每天", en="A day"),
    Column("average_order_value", "money", zh="客单价", en="AOV"),
]
_TAGGED = [
    Column("tag", zh="来源标记", en="Tag"),
    Column("orders", "int", zh="订单", en="Orders"),
    Column("buyers", "int", zh="买家", en="Buyers"),
    Column("new", "int", zh="新客", en="New"),
    Column("net", "money", zh="实收", en="Net"),
    Column("share", "percent", zh="占比", en="Share"),
    Column("spent", "money", zh="花费", en="Spent"),
    Column("return", "number", zh="投入产出比", en="Turnover per spent"),
]


def _notes(data: ReportData, found: dict[str, tuple[Any, ...]], cost: int | None) -> list[Note]:
    during = found["during"]
    if not during[1]:
        return [Note("活动期间没有成交。", "Nothing was bought in these days.")]
    notes = []
    daily = {name: row[5] / row[0].days for name, row in found.items()}
    for name, zh, en in (("before", "活动前", "the days before"), ("last_year", "去年同期", "last year")):
        if daily.get(name):
            lift = percent(daily["during"] / daily[name] - 1, signed=True)
            notes.append(Note(f"日均实收比{zh} {lift}。", f"Turnover a day is {lift} against {en}."))
    if daily.get("after") is not None and daily.get("before"):
        less = daily["after"] / daily["before"] - 1
        if less < -0.1:
            text = percent(less, signed=True)
            notes.append(
                Note(
                    f"活动后日均比活动前 {text}：一部分只是提前买了。",
                    f"After it the shop sold {text} against before: part of it was bought earlier, not more.",
                    "warn",
                )
            )
    if cost:
        added = during[5] - daily.get("before", 0) * during[0].days
        ratio = f"{during[5] / cost:.2f}"
        level = "good" if added > cost else "warn"
        spent, more = data.money(cost), data.money(added)
        notes.append(
            Note(
                f"投入 {spent}，产出是投入的 {ratio} 倍；比平时多卖 {more}。",
                f"It cost {spent} and turned over {ratio} times that; {more} more than usual.",
                level,  # type: ignore[arg-type]
            )
        )
    return notes


@hookimpl
def crm_reports() -> list[Report]:
    """The report `promotion`."""
    about = {
        "zh": "活动带来了多少，新客老客各多少，值不值？",
        "en": "What did a promotion bring, from new buyers and old ones, and was it worth it?",
    }
    needs = ("orders: id customer_id bought paid_on net refunded source_tag", "traffic")
    titles = {"zh": "活动效果", "en": "Promotion"}
    return [Report("promotion", promotion, **titles, needs=needs, parameters=Asked, about=about)]
