"""Family `reports`: what a shop should know: tables, charts and sentences worked out over all its records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal, Protocol

from crmcore.errors import CrmError
from crmcore.hooks.markers import hookspec
from crmcore.hooks.setting_types import Title
from crmcore.i18n import gettext as _
from crmcore.i18n import in_words, joined

Value = str | int | float | bool | date | None
ColumnType = Literal["text", "label", "platform", "int", "money", "percent", "number", "day"]
# The tables that a report can ask for; `crmcore.analytics.tables` makes them.
TABLES = ("orders", "lines", "refunds", "customers", "interactions", "traffic", "products", "market")


class ReportData(Protocol):
    """What a report's function works on: the shop's records as tables of DuckDB, all as of one moment.

    Only the tables that the report `needs` are there. Money is in minor units of the shop's currency, rows of
    other currencies are left out (`other_currencies` counts them); days are the shop's calendar days.

    `orders`: every order, nobody's too: id, customer_id (empty: nobody's), source, platform, number, status,
    placed_on, paid_on, closed_on, refunded_on (dates), placed_at, paid_at (UTC seconds), bought and
    refunded_in_full (booleans), ordered, paid, refunded, net (money), channel, source_tag, province, city.
    `lines`: the lines of bought orders: order_id, customer_id, on_day (of the payment), sku, title, category,
    quantity, unit_price, total, goods (boolean: a product stands behind it; postage and fees have none).
    `refunds`: all that went back: customer_id, order_id (empty: no order known),
    on_day, amount. `customers`: id, first_seen, province, city, gender, birthday, extra (JSON text: the
    shop's own fields). `interactions`: id, customer_id, kind, on_day, happened_at, state, open, due_at,
    owner, channel, rating, contact, payload (JSON text).

    What files with daily figures or the shop's staff said (`crm figures`): `traffic`: source, on_day, site
    ('': the whole shop), creative, position, shown, clicks, visitors, views, left_at_once, saw_5_pages,
    saw_10_pages, buyers, orders, spent (money). `products`: source, sku, on_day (from which it holds; empty:
    ever), title, category, cost (money, of one piece), stock, packaging, supplier. `market`: source, on_day,
    keyword, grade, searches, deals, sold (money), rank.

    Views come with these tables. `purchases`: the bought orders, with all columns of `orders`, and first_on:
    the day on which their customer first bought, be it long ago (empty: nobody's). `buyers`: everybody who
    ever bought: customer_id, orders, net, first_on, and last_on, the day on which the newest was placed (from
    which segments count how long she has not bought). `goods_sold`: the lines without postage and
    fees, with all columns of `lines`. `traffic_days`: on_day and the figures of `traffic`, those told for the
    whole shop, else those of its sites together. Where `needs` limits a table to columns, its views are there
    if what they are made of is among them: customer_id, bought, paid_on (`buyers`: placed_on and net, too);
    sku, goods.
    """

    today: date
    currency: str
    other_currencies: Mapping[str, int]

    def query(self, sql: str, **values: Value) -> list[tuple[Any, ...]]:
        """The rows of a SELECT; `$name` in it stands for a value."""

    def one(self, sql: str, **values: Value) -> Any:
        """The first value of the first row; None when there is none."""

    def money(self, minor: float) -> str:
        """An amount in minor units for a sentence: whole major units, with commas, without the currency."""

    def minor(self, major: float) -> int:
        """An amount that a person gave in major units, in minor units."""

    def keep(self, name: str, sql: str, **values: Value) -> None:
        """Keep the rows of a SELECT as a table of that name: for what is asked again and again."""

    def playbook(self, family: str) -> Mapping[str, Mapping[str, Any]]:
        """What the shop has of a family, by name.

        `benchmarks`: the entries as they stand in the playbook. `calendars` and `campaigns`: occasions and
        campaigns with their `periods`, a list of first and last days (ISO text). `regions`: `city_tiers` with
        its `tiers`, number -> cities.
        """

    def campaign(self, name: str) -> Mapping[str, Any] | None:
        """What a campaign of the shop has earned by now, as `crm campaign report NAME --json` tells it.

        Money is in minor units, whatever day the report speaks of. None where there is no such campaign.
        """


@dataclass(frozen=True)
class Days:
    """Parameters of a report about a stretch of days; a report's own extend it: `class Asked(Days)`.

    One that checks its own in `__post_init__` calls this one's as well. Raises `ValueError` for an end before
    the start.
    """

    start: Annotated[
        date | None,
        Title("第一天", "First day"),
        {
            "zh": "第一天；不填则到最后一天共 365 天",
            "en": "the first day; without it 365 days up to the last",
        },
    ] = None
    end: Annotated[
        date | None,
        Title("最后一天", "Last day"),
        {"zh": "最后一天；不填则为今天", "en": "the last day; without it today"},
    ] = None

    def __post_init__(self) -> None:
        if self.start and self.end and self.end < self.start:
            raise ValueError(in_words({"zh": "end 早于 start", "en": "end is before start"}))

    def span(self, today: date, days: int = 365) -> dict[str, date]:
        """`start` and `end` as a query takes them; without a start so many days, `end` being the last."""
        end = self.end or today
        return {"start": self.start or end - timedelta(days=days - 1), "end": end}


@dataclass(frozen=True)
class Column:
    """A column: money in minor units, percent as a share (0.25 is 25 %), a day as a date.

    A `label` is text in both languages, "老客 / old buyers"; people see the one they read. A `platform` is
    where orders come from, as their columns source and platform have it; people see 淘宝 for taobao.
    """

    name: str
    type: ColumnType = "text"
    zh: str = ""
    en: str = ""


@dataclass(frozen=True)
class Table:
    """A table of a report. `rows` hold a value a column, None where there is none.

    `drill` is a SELECT that gives the `customer_id` of those behind a row: `$column` in it stands for the
    row's values, other names for `values`. `footer` marks the last row as a total.
    """

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    zh: str = ""
    en: str = ""
    drill: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    footer: bool = False


@dataclass(frozen=True)
class Chart:
    """A picture of a table: `bars` of one value a row, a `line` over the rows, or a `heat` map of values.

    A `line` is for rows in the order of time; the first of `values` is drawn.
    """

    table: str
    kind: Literal["bars", "line", "heat"]
    label: str
    values: Sequence[str]
    zh: str = ""
    en: str = ""


@dataclass(frozen=True)
class Note:
    """What a report says in words, and what to do about it: a sentence in both languages."""

    zh: str
    en: str
    level: Literal["info", "good", "warn"] = "info"


@dataclass(frozen=True)
class Part:
    """Another report's tables inside a report, of the same moment.

    `report` names it, `parameters` are its parameters as Python values, `tables` which of its tables are
    taken, `rows` how many rows of each, `notes` whether its sentences are taken, too.
    """

    report: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tables: Sequence[str] = ()
    rows: int = 12
    notes: bool = True


@dataclass(frozen=True)
class Findings:
    """What a report found: its tables, the first one being the main one, charts and sentences.

    `parts` are other reports that stand inside it: those that the shop has are worked out and added.
    """

    tables: Sequence[Table]
    charts: Sequence[Chart] = ()
    notes: Sequence[Note] = ()
    parts: Sequence[Part] = ()


@dataclass(frozen=True)
class Report:
    """A report: `crm report NAME [--set K=V]…`.

    `function(data)`, or `function(data, parameters)` where `parameters` names a dataclass with defaults;
    `data` is a `ReportData`. It returns `Findings`. It runs in the analytics process, which is ended when it
    says nothing for `quiet_seconds`. `needs` names the tables it works on; `"orders: customer_id paid_on"`
    limits one to the columns it uses, which a big shop reads several times as fast. `pages` is for a report
    that is printed on so many pages; 0: as many as it takes.
    """

    name: str
    function: Callable[..., Findings]
    zh: str = ""
    en: str = ""
    needs: Sequence[str] = ("orders",)
    parameters: type | None = None
    quiet_seconds: float = 120.0
    about: Mapping[str, str] = field(default_factory=dict)  # a sentence by language: the question it answers
    pages: int = 0

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise CrmError(_("report {name}: its function is none").format(name=self.name))
        if self.parameters is not None and not is_dataclass(self.parameters):
            raise CrmError(_("report {name}: its parameters must be a dataclass").format(name=self.name))
        if unknown := [one for one in tables_of(self.needs) if one not in TABLES]:
            raise CrmError(
                _("report {name} needs {table!r}; there are: {known}").format(
                    name=self.name, table=unknown[0], known=joined(TABLES)
                )
            )


def change(now: float | None, then: float | None) -> float | None:
    """How much more or less than then, as a share of it; None where there is nothing to compare."""
    return now / then - 1 if then and now is not None else None


def not_whole(
    by: str, periods: Sequence[date], since: Sequence[date | None], last: date, today: date
) -> list[Note]:
    """What to say where the oldest or the newest of these periods (their first days) is told in part only.

    `by`: day, week, month, quarter or year. `since` are days before which nothing counts (what was asked for,
    the first day of which anything is known), `last` is the last one that counts; `today` is not over.
    """
    if not periods:
        return []
    notes = []
    first = max((one for one in since if one is not None), default=date.min)
    oldest, newest = _called(periods[0], by), _called(periods[-1], by)
    if periods[0] < first < _next(periods[0], by):
        zh = f"{oldest} 只从 {first} 算起，不是整期，不和别的时段直接比。"
        en = f"{oldest} counts from {first} on only: it does not compare with whole periods."
        notes.append(Note(zh, en))
    if _next(periods[-1], by) > min(last + timedelta(days=1), today):
        zh = f"{newest} 只算到 {last}，还没过完，不和别的时段直接比。"
        en = f"{newest} counts up to {last} only: it does not compare with whole periods."
        notes.append(Note(zh, en))
    return notes


def _next(period: date, by: str) -> date:
    """The first day of the period after that one."""
    if by in ("day", "week"):
        return period + timedelta(days=1 if by == "day" else 7)
    month = period.year * 12 + period.month - 1 + {"month": 1, "quarter": 3, "year": 12}[by]
    return date(month // 12, month % 12 + 1, 1)


def _called(period: date, by: str) -> str:
    return {"month": f"{period:%Y-%m}", "year": f"{period:%Y}"}.get(by, str(period))


def both_words(label: str) -> tuple[str, str]:
    """A label's words in Chinese and in English; a text without " / " is the same in both."""
    zh, _slash, en = label.partition(" / ")
    return zh, en or zh


def percent(share: float, *, signed: bool = False) -> str:
    """A share for a sentence: "25.3%"; `signed`: "+25.3%", for what is more or less than something else."""
    return f"{share * 100:{'+' if signed else ''}.1f}%"


def compared(
    titles: Mapping[str, str], now: Mapping[str, Any], *then: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """A row a figure: its title, its value now, and for each time before the value then and the change since.

    `titles` tells figures by their names in `now` and in each of `then`.
    """
    return [
        (title, now[name], *(cell for one in then for cell in (one[name], change(now[name], one[name]))))
        for name, title in titles.items()
    ]


def tables_of(needs: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """What `Report.needs` says: table -> the columns it is limited to, none: all of them."""
    found = {}
    for one in needs:
        table, _colon, columns = one.partition(":")
        found[table.strip()] = tuple(columns.split())
    return found


@hookspec
def crm_reports(settings: Any) -> list[Report] | None:
    """Reports that `crm report`, `crm run-plugin` and the Reports screen offer.

    When: once after the shop was opened, the first time somebody asks for reports.

    Gets: `settings`, the plugin's own `Settings` with the shop's values, None where the module defines none.
    Leave the parameter out when you do not need it.

    Returns: a list of `Report`. No two plugins may bring a report of one name.

    None: the plugin has no reports for this shop; same as an empty list.

    When it raises: the plugin's reports are left out, those of all other plugins stand. The functions run
    later, in the analytics process: a raise or a hang there ends that report alone.

        def by_source(data):
            rows = data.query("SELECT source, count(*) FROM orders WHERE bought GROUP BY 1 ORDER BY 2 DESC")
            columns = [Column("source", zh="来源", en="Source"), Column("orders", "int", zh="订单")]
            return Findings([Table("sources", columns, rows)])

        @hookimpl
        def crm_reports():
            return [Report("by_source", by_source, zh="订单来源", en="Orders by source")]
    """
