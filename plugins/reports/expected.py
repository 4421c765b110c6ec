"""Expected repeat purchases: who is probably still a customer, and how many orders the next weeks will bring.

Serves S76, S176, S183 and S233. The model is BG/NBD (Fader, Hardie and Lee 2005, "Counting your customers
the easy way"): while she is a customer, orders come at random with her own rate; after each she may leave
for good. It knows days with an order, not orders: two on one day are one. Rates and chances differ between
people by a gamma and a beta distribution, whose four parameters are fitted by maximum likelihood (the
simplex of Nelder and Mead 1965) on time in weeks since the first order. On the 2,357 buyers of CDNOW's
first 39 weeks that gives the paper's parameters.

What an order of hers will bring is told by the gamma-gamma model (Fader and Hardie 2013, "The gamma-gamma
model of monetary value"): her mean on repeat days, drawn towards everybody's the more the fewer they are. It
takes spending to be independent of frequency; how far that is true stands in the notes. Value is the two
multiplied, not discounted. Her next date is her newest day with an order plus her own mean gap.

Honest limits: one-time buyers all look alike to it; seasons, campaigns and prices are unknown to it; below
a hundred people, or a history shorter than the time asked for, it says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import exp, log
from typing import Annotated, Any, NamedTuple

from crmcore import Chart, Column, Findings, Note, Report, ReportData, Table, Title, hookimpl, in_words

about = {"zh": "预期复购：哪些人很可能还是客户，接下来几周会有多少订单。"}

LEAST_PEOPLE = 100
RELATED = 0.3  # from this correlation on the two models do not fit together; ours, by rule of thumb
_START = (1.0, 1.0, 1.0, 1.0)


class Model(NamedTuple):
    """The parameters: r and alpha of the rates, a and b of the chances to leave."""

    r: float
    alpha: float
    a: float
    b: float


class Spending(NamedTuple):
    """What an order brings: p, q, v of the gamma-gamma model; v and all means are in major units.

    `together` is the correlation of how often people buy with how much.
    """

    p: float
    q: float
    v: float
    together: float

    def mean(self, x: float, m: float) -> float:
        """What she will spend on a day with an order, after `x` repeat days with the mean `m`."""
        return self.p * (self.v + x * m) / (self.p * x + self.q - 1) if self.p * x + self.q > 1 else m


@dataclass(frozen=True)
class Asked:
    """How far to look ahead, whom to list."""

    weeks: Annotated[int, Title("周数", "Weeks"), {"zh": "往后看多少周", "en": "so many weeks ahead"}] = 13
    limit: Annotated[
        int, Title("人数上限", "People at most"), {"zh": "最多列多少人", "en": "so many people"}
    ] = 50

    def __post_init__(self) -> None:
        if not 1 <= self.weeks <= 260 or not 1 <= self.limit <= 1000:
            raise ValueError(
                in_words(
                    {
                        "zh": "weeks 为 1 到 260，limit 为 1 到 1000",
                        "en": "weeks are 1 to 260, limit is 1 to 1000",
                    }
                )
            )


# x: repeat days with an order, t: weeks from the first day to the last, age: weeks from the first to today.
_PEOPLE = """
WITH people AS (
    SELECT customer_id, count(DISTINCT paid_on) - 1 AS x, (max(paid_on) - min(paid_on)) / 7.0 AS t,
        ($today - min(paid_on)) / 7.0 AS age, max(paid_on) AS last, CAST(sum(net) AS BIGINT) AS net,
        count(*) AS orders
    FROM orders WHERE bought AND customer_id IS NOT NULL GROUP BY 1
)
"""
_KINDS = (
    _PEOPLE + "SELECT x, t * $scale AS t, age * $scale AS age, count(*) AS n FROM people GROUP BY 1, 2, 3"
)
# The logarithm of the likelihood, formula (6) of the paper, summed over the kinds of people.
_LIKELIHOOD = """
SELECT sum(n * (
    lgamma($r + x) - lgamma($r) + $r * ln($alpha)
    + lgamma($a + $b) + lgamma($b + x) - lgamma($b) - lgamma($a + $b + x)
    - ($r + x) * ln($alpha + age)
    + CASE WHEN x > 0
        THEN ln(1 + $a / ($b + x - 1) * pow(($alpha + age) / ($alpha + t), $r + x)) ELSE 0 END
)) FROM kinds
"""
_ALIVE = (
    _PEOPLE
    + """
, alive AS (
    SELECT *, CASE WHEN x = 0 THEN 1.0
        ELSE 1 / (1 + $a / ($b + x - 1) * pow(($alpha + age) / ($alpha + t), $r + x)) END AS alive
    FROM people
)
"""
)
# Mean money of repeat days, in major units: the first day tells the model nothing.
_SPENT = """
, spent AS (
    SELECT customer_id, avg(money) FILTER (nth > 1) / $unit AS m FROM (
        SELECT customer_id, CAST(sum(net) AS DOUBLE) AS money,
            row_number() OVER (PARTITION BY customer_id ORDER BY paid_on) AS nth
        FROM orders WHERE bought AND customer_id IS NOT NULL GROUP BY customer_id, paid_on
    ) GROUP BY 1
)
"""
# Those who stand first by a quick estimate; what is shown of them is worked out exactly.
_LIST = (
    _ALIVE
    + _SPENT
    + """
SELECT customer_id, last, orders, net, alive, x, t, age, coalesce(m, 0)
FROM alive JOIN spent USING (customer_id) WHERE x > 0
ORDER BY alive * ($r + x) / ($alpha + age) DESC, customer_id LIMIT $first
"""
)
_MONEY = (
    _PEOPLE
    + _SPENT
    + """
SELECT x, m, count(*) AS n FROM people JOIN spent USING (customer_id) WHERE x > 0 AND m > 0 GROUP BY 1, 2
"""
)
# Formula (1a) of the note, summed.
_MONEY_LIKELIHOOD = """
SELECT sum(n * (lgamma($p * x + $q) - lgamma($p * x) - lgamma($q) + $q * ln($v)
    + ($p * x - 1) * ln(m) + $p * x * ln(x) - ($p * x + $q) * ln(x * m + $v))) FROM spenders
"""
_BANDS = (
    _ALIVE
    + """
SELECT CASE WHEN x = 0 THEN 0 ELSE 1 + least(CAST(floor(alive * 4) AS INTEGER), 3) END AS band, count(*),
    CAST(sum(net) AS BIGINT), avg(alive) FROM alive GROUP BY 1 ORDER BY 1
"""
)
_OF_BAND = (
    _ALIVE
    + """
SELECT customer_id FROM alive
WHERE CASE WHEN x = 0 THEN 0 ELSE 1 + least(CAST(floor(alive * 4) AS INTEGER), 3) END = $band
"""
)
_BAND_TITLES = ("只买过一次 / bought once", "0-25%", "25-50%", "50-75%", "75-100%")


def fit(data: ReportData) -> Model:
    """The parameters that make what happened most likely."""
    longest = data.one(_PEOPLE + "SELECT max(age) FROM people", today=data.today) or 1.0
    scale = 10 / longest  # near one, for the simplex
    # Kept: the likelihood is asked some hundred times.
    data.keep("kinds", _KINDS, today=data.today, scale=scale)
    people = data.one("SELECT sum(n) FROM kinds")

    def unlikely(logs: Sequence[float]) -> float:
        r, alpha, a, b = (exp(min(max(one, -12.0), 12.0)) for one in logs)
        return -float(data.one(_LIKELIHOOD, r=r, alpha=alpha, a=a, b=b)) / people

    r, alpha, a, b = (exp(one) for one in simplex(unlikely, [log(one) for one in _START]))
    return Model(r, alpha / scale, a, b)


def fit_money(data: ReportData) -> Spending | None:
    """The parameters of what orders bring; None below a hundred people with repeat orders."""
    data.keep("spenders", _MONEY, today=data.today, unit=data.minor(1))
    [(people, together)] = data.query("SELECT coalesce(sum(n), 0), corr(x, m) FROM spenders")
    if people < LEAST_PEOPLE:
        return None
    scale = float(data.one("SELECT avg(m) FROM spenders"))

    def unlikely(logs: Sequence[float]) -> float:
        p, q, v = (exp(min(max(one, -12.0), 12.0)) for one in logs)
        return -float(data.one(_MONEY_LIKELIHOOD, p=p, q=q, v=v * scale)) / float(people)

    p, q, v = (exp(one) for one in simplex(unlikely, [1.0, 1.0, 0.0]))
    return Spending(p, q, v * scale, together or 0.0)


def simplex(function: Callable[[Sequence[float]], float], start: Sequence[float]) -> list[float]:
    """Where a function is smallest, by Nelder and Mead's moving simplex."""
    size = len(start)
    points = [list(start)]
    points += [
        [one + (0.5 if place == axis else 0.0) for place, one in enumerate(start)] for axis in range(size)
    ]
    ranked = sorted((function(point), point) for point in points)
    for _step in range(600):
        # Far out, where the likelihood hardly changes, rounding keeps the values apart, not the points.
        if ranked[-1][0] - ranked[0][0] < 1e-10 or _wide(ranked) < 1e-6:
            break
        middle = [sum(point[axis] for _value, point in ranked[:-1]) / size for axis in range(size)]
        worst = ranked[-1][1]

        def tried(
            far: float, middle: list[float] = middle, worst: list[float] = worst
        ) -> tuple[float, list[float]]:
            point = [center + far * (center - bad) for center, bad in zip(middle, worst, strict=True)]
            return function(point), point

        mirrored = tried(1.0)
        if mirrored[0] < ranked[0][0]:
            ranked[-1] = min(mirrored, tried(2.0))
        elif mirrored[0] < ranked[-2][0]:
            ranked[-1] = mirrored
        else:
            nearer = tried(0.5) if mirrored[0] < ranked[-1][0] else tried(-0.5)
            if nearer[0] < min(mirrored[0], ranked[-1][0]):
                ranked[-1] = nearer
            else:  # shrink towards the best
                best = ranked[0][1]
                shrunk = [
                    [(one + good) / 2 for one, good in zip(p, best, strict=True)] for _v, p in ranked[1:]
                ]
                ranked[1:] = [(function(point), point) for point in shrunk]
        ranked.sort()
    return ranked[0][1]


def _wide(ranked: Sequence[tuple[float, Sequence[float]]]) -> float:
    """How far apart the points of a simplex are at most, on any axis."""
    return max(max(axis) - min(axis) for axis in zip(*(point for _value, point in ranked), strict=True))


def expected_orders(model: Model, x: int, t: float, age: float, weeks: float) -> float:
    """How many days with an order she will have in the next weeks: formula (10) of the paper."""
    r, alpha, a, b = model
    z = weeks / (alpha + age + weeks)
    head = (a + b + x - 1) / (a - 1)
    shrink = ((alpha + age) / (alpha + age + weeks)) ** (r + x)
    value = head * (1 - shrink * _hypergeometric(r + x, b + x, a + b + x - 1, z))
    if x > 0:
        value /= 1 + a / (b + x - 1) * ((alpha + age) / (alpha + t)) ** (r + x)
    return value


def _hypergeometric(a: float, b: float, c: float, z: float) -> float:
    """Gauss's series 2F1 for 0 <= z < 1."""
    total = term = 1.0
    for n in range(10_000):
        term *= (a + n) * (b + n) / ((c + n) * (n + 1)) * z
        total += term
        if abs(term) < 1e-12 * abs(total):
            break
    return total


def expected(data: ReportData, asked: Asked) -> Findings:
    """How many are still customers, who they are, what the next weeks bring."""
    columns = [
        Column("band", "int", zh="档", en="Band"),
        Column("still", "label", zh="还是客户的可能", en="Still a customer"),
        Column("customers", "int", zh="人数", en="Customers"),
        Column("net", "money", zh="曾带来", en="Had brought"),
        Column("alive", "percent", zh="平均可能", en="On average"),
    ]
    titles = {"zh": "还是不是客户", "en": "Still customers?"}
    [(people, weeks)] = data.query(_PEOPLE + "SELECT count(*), max(age) FROM people", today=data.today)
    if people < LEAST_PEOPLE or weeks * 7 + 1 < asked.weeks * 7:
        return Findings([Table("still", columns, [], **titles)], [], [_too_little(people, asked.weeks)])
    model = fit(data)
    values: dict[str, Any] = {**model._asdict(), "today": data.today}
    rows = [
        (band, _BAND_TITLES[band], count, net, alive)
        for band, count, net, alive in data.query(_BANDS, **values)
    ]
    bands = Table("still", columns, rows, **titles, drill=_OF_BAND, values=values)
    spending = fit_money(data)
    who = _people(data, model, spending, asked, values)
    return Findings(
        [bands, who], [Chart("still", "bars", "still", ["customers"])], _notes(data, model, spending, asked)
    )


def _people(
    data: ReportData, model: Model, spending: Spending | None, asked: Asked, values: dict[str, Any]
) -> Table:
    rows = []
    first = asked.limit * 10
    for who, last, orders, net, alive, x, t, age, m in data.query(
        _LIST, first=first, unit=data.minor(1), **values
    ):
        ahead = expected_orders(model, x, t, age, asked.weeks)
        value = None if spending is None else data.minor(round(ahead * spending.mean(x, m), 2))
        rows.append((who, last, last + timedelta(days=round(t * 7 / x)), orders, net, alive, ahead, value))
    rows.sort(key=lambda row: (-row[6], row[0]))
    columns = [
        Column("customer", "int", zh="客户号", en="Customer no."),
        Column("last", "day", zh="上次", en="Last order"),
        Column("next", "day", zh="按她的节奏下次", en="Next by her own gaps"),
        Column("orders", "int", zh="单数", en="Orders"),
        Column("net", "money", zh="累计", en="Net"),
        Column("alive", "percent", zh="还是客户", en="Still a customer"),
        Column("expected", "number", zh=f"{asked.weeks} 周内预期单数", en=f"Orders in {asked.weeks} weeks"),
        Column("value", "money", zh=f"{asked.weeks} 周内价值", en=f"Value in {asked.weeks} weeks"),
    ]
    drill = "SELECT $customer AS customer_id"
    titles = {"zh": "谁会再来", "en": "Who will come again"}
    return Table("people", columns, rows[: asked.limit], **titles, drill=drill)


def _notes(data: ReportData, model: Model, spending: Spending | None, asked: Asked) -> list[Note]:
    total = worth = 0.0
    for x, t, age, n, m in data.query(
        _PEOPLE + _SPENT + "SELECT x, round(t), round(age), count(*), coalesce(avg(m), 0) FROM people "
        "JOIN spent USING (customer_id) GROUP BY 1, 2, 3",
        today=data.today, unit=data.minor(1),
    ):  # fmt: skip
        ahead = n * expected_orders(model, x, t, age, asked.weeks)
        total += ahead
        worth += ahead * spending.mean(x, m) if spending else 0.0
    shown = ", ".join(f"{name} {value:.3f}" for name, value in model._asdict().items())
    notes = [
        Note(
            f"今天已有的客户，{asked.weeks} 周内预计还会来买约 {total:,.0f} 次（同日几单算一次，不算新客）。",
            f"Today's customers will probably place orders on about {total:,.0f} days in {asked.weeks} weeks "
            "(new customers not counted).",
        ),
        Note(
            f"模型 BG/NBD：{shown}。不知道季节和活动。",
            f"Model BG/NBD: {shown}. It knows no seasons or campaigns.",
        ),
    ]
    if spending is None:
        return notes
    money = ", ".join(f"{name} {getattr(spending, name):.2f}" for name in "pqv")
    together = f"{spending.together:+.2f}"
    sure = abs(spending.together) < RELATED
    return [
        *notes,
        Note(
            f"他们 {asked.weeks} 周内约值 {worth:,.0f}。模型 Gamma-Gamma：{money}；"
            f"购买次数和金额的相关系数 {together}" + ("。" if sure else "，相关得太多，金额只能当参考。"),
            f"They are worth about {worth:,.0f} in {asked.weeks} weeks. Model gamma-gamma: {money}; how "
            f"often and how much they buy correlate by {together}"
            + ("." if sure else ", which is too much for the model: take the money as a hint."),
            "info" if sure else "warn",
        ),
    ]


def _too_little(people: int, weeks: int) -> Note:
    return Note(
        f"数据太少（{people:,} 位买家），或历史不到 {weeks} 周：先不猜。",
        f"Too little is known ({people:,} buyers), or for less than {weeks} weeks: no guess is made.",
    )


@hookimpl
def crm_reports() -> list[Report]:
    """The report `expected`."""
    about = {
        "zh": "谁多半还会再来？接下来几周会有多少回头单？",
        "en": "Who will probably come again, and how many repeat orders will the next weeks bring?",
    }
    return [
        Report(
            "expected",
            expected,
            zh="预期回购",
            en="Expected orders",
            needs=("orders: customer_id bought paid_on net",),
            parameters=Asked,
            about=about,
        )
    ]
