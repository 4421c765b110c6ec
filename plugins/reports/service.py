"""Service: what customers say of it, and what each member of staff did, with pay rules line by line.

Serves S17, S18 and S49 (scores), S224 and S225 (staff). An answer is the customer's first contact by somebody
of the staff after her inquiry; what an inquiry turned over are her bought orders paid within seven days after
an inquiry that was won, each order counted once a member of staff. Reviews count by their rating on the
scale -1, 0, 1 that importers bring every platform's scale to; one of -1 is bad. Inquiries, calls and
complaints count by the day they came in, for the member of staff who owns them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from crmcore import Chart, Column, Days, Findings, Note, Report, ReportData, Table, Title, hookimpl, not_whole

about = {"zh": "客服分析：客户怎样评价、每位员工做了什么，以及逐条计酬。"}

Rows = list[tuple[Any, ...]]
Per = Literal["inquiry", "inquiry_won", "call_done", "complaint", "complaint_settled", "turnover"]


@dataclass(frozen=True)
class PayRule:
    """So much money, in major units, for each of something; of turnover, so many per cent; negative, too."""

    per: Per
    amount: float


@dataclass(frozen=True)
class Settings:
    """How service is paid, where it is paid by what was done."""

    pay: Annotated[
        tuple[PayRule, ...],
        Title("计酬规则", "Pay rules"),
        {"zh": "每次咨询、电话和投诉的计酬", "en": "what is paid for each inquiry, call and complaint"},
    ] = ()


_MONTHS = """
WITH months AS (
    SELECT CAST(date_trunc('month', on_day) AS DATE) AS month, kind, rating, state FROM interactions
    WHERE on_day BETWEEN $start AND $end AND kind IN ('review', 'complaint', 'inquiry')
)
SELECT month, count(*) FILTER (kind = 'review'), avg(rating) FILTER (kind = 'review'),
    count(*) FILTER (kind = 'review' AND rating < 0), count(*) FILTER (kind = 'complaint'),
    count(*) FILTER (kind = 'complaint' AND state IN ('settled', 'closed')), count(*) FILTER (kind =
    'inquiry')
FROM months GROUP BY 1 ORDER BY 1
"""
_UNHAPPY = """
SELECT customer_id FROM interactions
WHERE date_trunc('month', on_day) = $month AND on_day BETWEEN $start AND $end
    AND (kind = 'complaint' OR (kind = 'review' AND rating < 0))
"""
_STAFF = """
WITH asked AS (
    SELECT *, coalesce(owner, '-') AS who FROM interactions
    WHERE on_day BETWEEN $start AND $end AND kind IN ('inquiry', 'call', 'complaint')
), answered AS (
    SELECT a.id, a.who, min(r.happened_at) - a.happened_at AS seconds
    FROM asked a JOIN interactions r ON r.customer_id = a.customer_id AND r.happened_at > a.happened_at
        AND r.contact AND r.owner IS NOT NULL
    WHERE a.kind = 'inquiry' GROUP BY a.id, a.who, a.happened_at
), sold AS (
    SELECT DISTINCT a.who, o.id, o.net FROM asked a JOIN orders o ON o.customer_id = a.customer_id
        AND o.bought AND o.paid_at >= a.happened_at AND o.paid_at < a.happened_at + 7 * 86400
    WHERE a.kind = 'inquiry' AND a.state = 'won'
), response AS (SELECT who, median(seconds) / 3600.0 AS hours FROM answered GROUP BY 1),
turnover AS (SELECT who, count(*) AS orders, CAST(sum(net) AS BIGINT) AS net FROM sold GROUP BY 1),
counted AS (
    SELECT who, count(*) FILTER (kind = 'inquiry') AS inquiry,
        count(*) FILTER (kind = 'inquiry' AND state = 'won') AS inquiry_won,
        count(*) FILTER (kind = 'inquiry' AND state = 'lost') AS inquiry_lost,
        count(*) FILTER (kind = 'call' AND state = 'done') AS call_done,
        count(*) FILTER (kind = 'complaint') AS complaint,
        count(*) FILTER (kind = 'complaint' AND state IN ('settled', 'closed')) AS complaint_settled,
        count(DISTINCT customer_id) AS customers
    FROM asked GROUP BY 1
)
SELECT counted.*, hours, coalesce(orders, 0), coalesce(net, 0)
FROM counted LEFT JOIN response USING (who) LEFT JOIN turnover USING (who)
ORDER BY inquiry_won DESC, inquiry DESC, who
"""
_OF_STAFF = """
SELECT customer_id FROM interactions
WHERE on_day BETWEEN $start AND $end AND kind IN ('inquiry', 'call', 'complaint') AND coalesce(owner,
    '-') = $owner
"""
_PAID_FOR = {
    "inquiry": 1, "inquiry_won": 2, "call_done": 4, "complaint": 5, "complaint_settled": 6, "turnover": 10,
}  # fmt: skip


_SEEN = "interactions: id customer_id kind on_day happened_at state owner rating contact"


def satisfaction(data: ReportData, asked: Days) -> Findings:
    """Reviews and complaints, month by month."""
    values = asked.span(data.today)
    found = data.query(_MONTHS, **values)
    rows = [
        (month, reviews, score, bad / reviews if reviews else None, complaints, settled, inquiries)
        for month, reviews, score, bad, complaints, settled, inquiries in found
    ]
    columns = [
        Column("month", "day", zh="月份", en="Month"),
        Column("reviews", "int", zh="评价", en="Reviews"),
        Column("score", "number", zh="均分（-1 到 1）", en="Score (-1 to 1)"),
        Column("bad", "percent", zh="差评率", en="Bad"),
        Column("complaints", "int", zh="投诉", en="Complaints"),
        Column("settled", "int", zh="已解决", en="Settled"),
        Column("inquiries", "int", zh="咨询", en="Inquiries"),
    ]
    table = Table("months", columns, rows, zh="口碑", en="What they say", drill=_UNHAPPY, values=values)
    waiting = sum(row[4] - row[5] for row in found)
    notes = (
        [Note(f"还有 {waiting:,} 件投诉没解决。", f"{waiting:,} complaints are not settled.", "warn")]
        if waiting
        else []
    )
    if not rows:
        notes = [Note("这段时间没有评价和投诉。", "No review and no complaint in this time.")]
    since = [values["start"], data.one("SELECT min(on_day) FROM interactions")]
    notes += not_whole("month", [row[0] for row in rows], since, values["end"], data.today)
    return Findings([table], [Chart("months", "line", "month", ["complaints"])], notes)


def staff(data: ReportData, asked: Days, settings: Settings) -> Findings:
    """Each member of staff; and what that earns by the shop's rules."""
    values = asked.span(data.today)
    found = data.query(_STAFF, **values)
    rows = [(*row[:4], row[2] / row[1] if row[1] else None, *row[4:]) for row in found]
    columns = [
        Column("owner", zh="客服", en="Who"),
        Column("inquiry", "int", zh="咨询", en="Inquiries"),
        Column("won", "int", zh="成交", en="Won"),
        Column("lost", "int", zh="未成交", en="Lost"),
        Column("conversion", "percent", zh="转化率", en="Conversion"),
        Column("calls", "int", zh="已打电话", en="Calls made"),
        Column("complaints", "int", zh="投诉", en="Complaints"),
        Column("settled", "int", zh="已解决", en="Settled"),
        Column("customers", "int", zh="客户", en="Customers"),
        Column("response", "number", zh="响应小时（中位）", en="Answered in hours (median)"),
        Column("orders", "int", zh="带来订单", en="Orders won"),
        Column("net", "money", zh="带来成交", en="Turnover won"),
    ]
    table = Table("staff", columns, rows, zh="客服", en="Staff", drill=_OF_STAFF, values=values)
    notes = (
        []
        if rows
        else [Note("这段时间没有咨询、电话和投诉。", "No inquiry, call or complaint in this time.")]
    )
    return Findings(
        [table, *_pay(data, found, settings, values)], [Chart("staff", "bars", "owner", ["won"])], notes
    )


def _pay(data: ReportData, found: Rows, settings: Settings, values: dict[str, date]) -> list[Table]:
    if not settings.pay:
        return []
    lines = []
    for row in found:
        for rule in settings.pay:
            count = row[_PAID_FOR[rule.per]]
            if rule.per == "turnover":
                lines.append((row[0], rule.per, None, count, rule.amount, round(count * rule.amount / 100)))
            else:
                lines.append((row[0], rule.per, count, None, rule.amount, data.minor(count * rule.amount)))
    columns = [
        Column("owner", zh="客服", en="Who"),
        Column("rule", zh="规则", en="For each"),
        Column("count", "int", zh="件数", en="How many"),
        Column("base", "money", zh="基数", en="Of"),
        Column("amount", "number", zh="每件（成交为 %）", en="Each (% of turnover)"),
        Column("pay", "money", zh="金额", en="Pay"),
    ]
    people: dict[str, int] = {}
    for line in lines:
        people[line[0]] = people.get(line[0], 0) + line[5]
    total = ("", "", None, None, None, sum(people.values()))
    each = [Column("owner", zh="客服", en="Who"), Column("pay", "money", zh="合计", en="Pay")]
    return [
        Table(
            "pay",
            columns,
            [*lines, total],
            zh="绩效，逐条",
            en="Pay, line by line",
            footer=True,
            drill=_OF_STAFF,
            values=values,
        ),
        Table(
            "earned", each, [*people.items()], zh="每人合计", en="Pay of each", drill=_OF_STAFF, values=values
        ),
    ]


@hookimpl
def crm_reports(settings: Settings) -> list[Report]:
    """The reports `satisfaction` and `staff`."""

    def of_staff(data: ReportData, asked: Days) -> Findings:
        return staff(data, asked, settings)

    sold = "orders: id customer_id bought paid_at net"
    about = {"zh": "客户满意吗？", "en": "Are the customers content?"}
    work = {"zh": "每位客服做成了什么？", "en": "What did each member of staff bring about?"}
    return [
        Report(
            "satisfaction",
            satisfaction,
            zh="满意度",
            en="Satisfaction",
            about=about,
            needs=(_SEEN,),
            parameters=Days,
        ),
        Report(
            "staff", of_staff, zh="客服绩效", en="Staff", about=work, needs=(_SEEN, sold), parameters=Days
        ),
    ]
