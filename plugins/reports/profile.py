"""Profile: who the customers are, by anything known of them, and what each kind of them brings.

Serves S229 (occupation, income, habits): gender, age in tens, region, the weekday of buying, or a field of
the shop's own, such as `by=occupation`. Customers without an order count as customers and bring nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from crmcore import (
    Chart,
    Column,
    Findings,
    Note,
    Report,
    ReportData,
    Table,
    Title,
    both_words,
    hookimpl,
    in_words,
    percent,
)

about = {"zh": "客户画像：客户是什么样的人，每一类人带来多少。"}

# Whole years lived; one born on 29 February is a year older on 1 March of a common year.
_AGE = "CAST(date_part('year', age(CAST($today AS DATE), TRY_CAST(birthday AS DATE))) AS INTEGER)"
# What a customer is grouped by; a name that is none of these is a field of the shop's own.
_OF_CUSTOMER = {
    "gender": "CASE gender WHEN 'female' THEN '女 / women' WHEN 'male' THEN '男 / men' ELSE gender END",
    "province": "province",
    "city": "city",
    "birth_month": "right('0' || split_part(birthday, '-', -2), 2)",
    "age": f"({_AGE}) // 10 * 10 || '-' || (({_AGE}) // 10 * 10 + 9)",
}
_NAME = re.compile(r"\w{1,64}")


@dataclass(frozen=True)
class Asked:
    """By what."""

    by: Annotated[
        str,
        Title("看什么", "Profile by"),
        {
            "zh": "gender、age、birth_month、province、city、weekday，或店铺自定的字段",
            "en": "gender, age, birth_month, province, city, weekday, or a field of the shop's own",
        },
    ] = "gender"
    limit: Annotated[int, Title("行数上限", "Rows at most"), {"zh": "最多列多少行", "en": "so many rows"}] = (
        30
    )

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.by):
            raise ValueError(in_words({"zh": "by 要填字段名", "en": "by is the name of a field"}))
        if not 1 <= self.limit <= 1000:
            raise ValueError(in_words({"zh": "limit 为 1 到 1000", "en": "limit is 1 to 1000"}))


_PEOPLE = """
WITH people AS (
    SELECT c.id AS customer_id, coalesce(nullif(CAST({group} AS VARCHAR), ''), '-') AS name FROM customers c
)
"""
_FIGURES = """
SELECT name, count(*), count(*) / sum(count(*)) OVER (), count(orders), count(*) FILTER (orders >= 2),
    count(*) FILTER (orders >= 2) / nullif(count(orders), 0), CAST(coalesce(sum(net), 0) AS BIGINT),
    CAST(round(sum(net) / nullif(sum(orders), 0)) AS BIGINT)
FROM people LEFT JOIN buyers USING (customer_id) GROUP BY 1 ORDER BY 2 DESC, 1
"""
_BY_DAY = """
WITH kinds AS (
    SELECT CAST(isodow(paid_on) AS VARCHAR) AS name, customer_id, net,
        count(*) OVER (PARTITION BY customer_id) AS orders
    FROM orders WHERE bought AND customer_id IS NOT NULL
)
SELECT name, count(DISTINCT customer_id), count(DISTINCT customer_id) / (SELECT count(DISTINCT customer_id)
    FROM kinds), count(DISTINCT customer_id), count(DISTINCT customer_id) FILTER (orders >= 2),
    count(DISTINCT customer_id) FILTER (orders >= 2) / count(DISTINCT customer_id), CAST(sum(net) AS BIGINT),
    CAST(round(avg(net)) AS BIGINT)
FROM kinds GROUP BY 1 ORDER BY 1
"""
_BEHIND = "SELECT customer_id FROM people WHERE name = $name"
_OF_DAY = """
SELECT customer_id FROM orders WHERE bought AND CAST(isodow(paid_on) AS VARCHAR) = $name
"""


def profile(data: ReportData, asked: Asked) -> Findings:
    """One table, the most first."""
    if asked.by == "weekday":
        found, drill = data.query(_BY_DAY), _OF_DAY
    else:
        # Checked above: a word, never anything else.
        group = _OF_CUSTOMER.get(asked.by, f"json_extract_string(c.extra, '$.\"{asked.by}\"')")
        people = _PEOPLE.format(group=group)
        found, drill = data.query(people + _FIGURES, today=data.today), people + _BEHIND
    columns = [
        Column("name", "label" if asked.by == "gender" else "text", zh="是什么人", en="Who"),
        Column("customers", "int", zh="人数", en="Customers"),
        Column("share", "percent", zh="占比", en="Share"),
        Column("buyers", "int", zh="买过的", en="Buyers"),
        Column("again", "int", zh="买过 2 次以上", en="Twice or more"),
        Column("rate", "percent", zh="复购率", en="Repurchase"),
        Column("net", "money", zh="实收", en="Net"),
        Column("average_order_value", "money", zh="客单价", en="AOV"),
    ]
    table = Table(
        "profile", columns, found[: asked.limit], zh="客户情况", en="Profile", drill=drill,
        values={"today": data.today},
    )  # fmt: skip
    return Findings([table], [Chart("profile", "bars", "name", ["customers"])], _notes(found, asked))


def _notes(found: list[tuple[Any, ...]], asked: Asked) -> list[Note]:
    if not found:
        return [Note("还没有客户。", "There are no customers yet.")]
    known = [row for row in found if row[0] != "-"]
    if not known:
        return [
            Note(
                f"没有一位客户写了 {asked.by}：先在资料里补上。",
                f"No customer's {asked.by} is known: fill it in on the cards first.",
                "warn",
            )
        ]
    unknown = next((row[2] for row in found if row[0] == "-"), 0)
    if unknown > 0.5:
        share = percent(unknown)
        return [
            Note(
                f"{share} 的客户没有写 {asked.by}，剩下的人代表不了全体：先补资料，或换一项看。",
                f"{asked.by} is not known of {share} of the customers, and the others do not stand for "
                "all: fill it in on the cards, or look by something else.",
                "warn",
            )
        ]
    best = max((row for row in known if row[3] >= 10), key=lambda row: (row[5] or 0, row[0]), default=None)
    if best is None or best[5] is None:
        return []
    share = percent(best[5])
    zh, en = both_words(best[0])
    return [Note(f"{zh} 复购最好（{share}）。", f"{en} come again most often ({share}).", "good")]


@hookimpl
def crm_reports() -> list[Report]:
    """The report `profile`."""
    about = {
        "zh": "客户是什么人，哪类人更爱回来？",
        "en": "Who are the customers, and which of them come again?",
    }
    needs = ("customers", "orders: customer_id bought placed_on paid_on net")
    return [
        Report("profile", profile, zh="客户情况", en="Profile", needs=needs, parameters=Asked, about=about)
    ]
