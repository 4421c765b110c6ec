"""How the made-up people buy: on which days, what, and how each order goes on.

Everything is drawn as an offset in days before `today`: the history has the same shape whatever the day is,
and nothing lies after the end of yesterday.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random

from crmcore.demo.goods import Product, in_band
from crmcore.demo.orders import Line, Order, Story
from crmcore.demo.people import ABROAD, GROUP, TAOBAO, Person

# The shop's history is this long, in days.
HISTORY = 548
_HOURS = (2, 1, 0, 0, 0, 1, 2, 4, 6, 9, 12, 11, 10, 9, 10, 10, 10, 9, 9, 12, 16, 18, 14, 7)
_ACTIVITIES = ("聚划算", "天天特价", "U站", "直播间", "老带新")
_NOTES = ("请发顺丰", "送人的，不要放价格单", "周末再送", "多放一点小样\n谢谢", "不要电话，放快递柜")


def make_orders(people: list[Person], today: date, seed: int) -> list[Order]:
    """Every order of these people, none after the end of yesterday; their numbers are not given yet."""
    orders: list[Order] = []
    for person in people:
        rng = Random(f"{seed}/orders/{person.index}")
        choice = in_band(*person.taste)
        favourite = rng.choice(choice)
        for turn, back in enumerate(_days_back(rng, person, favourite)):
            orders.append(_order(rng, person, turn, today - timedelta(days=back), favourite))
    return orders


def end_of_yesterday(today: date) -> datetime:
    """The last second that the demo knows of."""
    return datetime.combine(today, time()) - timedelta(seconds=1)


def numbered(orders: list[Order]) -> list[Order]:
    """The orders, oldest first, with the numbers their platforms gave them.

    Taobao: 18 digits that end with the buyer's own four. Both Shopify shops count from #1001, so one number
    means two orders: only the source tells them apart.
    """
    counts: dict[str, int] = {}
    done = []
    for order in sorted(orders, key=lambda o: (o.placed, o.platform, o.person.index if o.person else 0)):
        count = counts[order.platform] = counts.get(order.platform, 0) + 1
        index = order.person.index if order.person else 0
        if order.platform == TAOBAO:
            seconds = int((order.placed - datetime(2018, 1, 1)).total_seconds())
            number = f"3{seconds % 10**10:010d}{count % 1000:03d}{1001 + index:04d}"
        else:
            number = f"Q{order.placed:%y%m%d}{count:04d}" if order.platform == GROUP else f"#{1000 + count}"
        done.append(replace(order, number=number))
    return done


def _days_back(rng: Random, person: Person, favourite: Product) -> Iterator[int]:
    """On which days before today somebody with these habits orders, oldest first."""
    habit = person.habit
    if habit in ("one_time", "unpaid"):
        # The shop grows: a recent first order is likelier than an old one.
        yield 1 + int((HISTORY - 2) * rng.random() ** 1.35)
        if habit == "unpaid" and rng.random() < 0.3:
            yield rng.randint(1, 30)
    elif habit == "twice":
        last = rng.randint(1, 420)
        yield from (last + rng.randint(15, 120), last)
    elif habit in ("loyal", "wholesale"):
        yield from _regular(rng, rng.randint(220, HISTORY), 1, favourite.lasts)
    elif habit == "lapsed":
        end = rng.choice((rng.randint(91, 179), rng.randint(181, 364), rng.randint(366, 470)))
        yield from _regular(rng, min(HISTORY, end + rng.randint(60, 240)), end, favourite.lasts)
    elif habit == "refunder":
        start = rng.randint(30, 400)
        yield from (max(1, start - i * rng.randint(15, 60)) for i in range(rng.randint(1, 4)))


def _regular(rng: Random, start: int, end: int, cycle: int) -> Iterator[int]:
    """One order every `cycle` days or so from `start` days back until about `end` days back."""
    back = start
    while back > end:
        yield back
        back -= max(4, round(cycle * rng.uniform(0.6, 1.3)))
    if end > 1 or rng.random() < 0.1:
        yield end


def _order(rng: Random, person: Person, turn: int, day: date, favourite: Product) -> Order:
    platform = _platform(rng, person, turn)
    rate = 7 if platform == ABROAD else 1  # dollars, roughly
    lines = _lines(rng, person, rate, favourite)
    goods = sum(line.total for line in lines)
    activity = _activity(rng, day)
    discount = goods // 1000 * 100 if goods * rate >= 30_000 and rng.random() < 0.5 else 0
    postage = 0 if goods * rate >= 9_900 else 1_000 // rate
    hour = rng.choices(range(24), _HOURS)[0]
    placed = datetime.combine(day, time(hour)) + timedelta(seconds=rng.randrange(3600))
    story = make_story(rng, person, platform, placed, goods - discount + postage)
    note = rng.choice(_NOTES) if rng.random() < 0.06 and platform != ABROAD else ""
    currency = "USD" if platform == ABROAD else "CNY"
    return Order(person, platform, "", placed, lines, discount, postage, story, activity, note, currency)


def _platform(rng: Random, person: Person, turn: int) -> str:
    drawn = rng.random()
    # People come from the market place and move over to the shop's own mall or chat group with time.
    moved = turn > 0 and drawn < 0.35 + 0.05 * min(turn, 8)
    return person.platforms[-1] if moved else person.platforms[0]


def _lines(rng: Random, person: Person, rate: int, favourite: Product) -> tuple[Line, ...]:
    choice = in_band(*person.taste)
    count = rng.choices((1, 2, 3, 4), (62, 25, 9, 4))[0]
    chosen = rng.sample(choice, min(count, len(choice)))
    if favourite not in chosen and rng.random() < 0.75:
        chosen[0] = favourite
    lines = []
    for product in chosen:
        pieces = rng.randint(6, 15) if person.habit == "wholesale" else rng.choices((1, 2, 3), (84, 13, 3))[0]
        price = product.price // rate // 10 * 10 if rate > 1 else product.price
        lines.append(Line(product, pieces, price, rng.choice(product.options)))
    return tuple(lines)


def _activity(rng: Random, day: date) -> str:
    """Which activity brought the order: one of the year's three sales, a chance one, or none."""
    drawn = rng.choice(_ACTIVITIES) if rng.random() < 0.22 else ""
    if day.month == 11 and day.day <= 12:
        return "双十一"
    if day.month == 12 and 9 <= day.day <= 13:
        return "双十二"
    return "年中促" if day.month == 6 and day.day <= 20 else drawn


def make_story(rng: Random, person: Person, platform: str, placed: datetime, total: int) -> Story:
    """How an order of this buyer goes on: given up unpaid, delivered, or refunded in full or in part."""
    fate, minutes, hours, days = rng.random(), rng.uniform(0.2, 25), rng.uniform(4, 40), rng.uniform(2.5, 9)
    bad, part = rng.random(), rng.choice((10, 20, 30, 50))
    if person.habit == "unpaid" or (fate < 0.07 and platform != GROUP):
        return Story(closed=placed + timedelta(days=3))
    paid = placed + timedelta(seconds=int(minutes * 60))
    if placed.day != paid.day:
        paid = placed  # yesterday's last orders must not reach into today
    shipped = paid + timedelta(seconds=int(hours * 3600))
    confirmed = shipped + timedelta(seconds=int(days * 86_400))
    if bad >= (0.62 if person.habit == "refunder" else 0.05):
        return Story(paid, shipped, confirmed)
    refunded = paid + timedelta(seconds=int(hours * 7200))
    if fate < 0.6:
        return Story(paid, None if hours < 20 else shipped, None, None, refunded, total)
    return Story(paid, shipped, confirmed, None, refunded, max(100, total * part // 10_000 * 100))
