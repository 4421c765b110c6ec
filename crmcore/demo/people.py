"""The made-up people: who they are, where they live, where they shop and what habits they have.

Nothing here is drawn from real persons. E-mail addresses use the domains that RFC 2606 reserves for examples;
mobile numbers begin with 154, which no Chinese carrier has been given; overseas numbers are the ones that
carriers reserve for fiction (555-01xx). The same seed always makes the same people.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from crmcore.demo.places import BUILDINGS, PLACES, STREETS, TIER_WEIGHT, Place

# How many customers have which habit; together with the old customer of the story they are 600.
HABITS = {
    "one_time": 232,
    "twice": 96,
    "loyal": 83,
    "lapsed": 84,
    "refunder": 24,
    "unpaid": 36,
    "asked": 40,
    "wholesale": 4,
}
OVERSEAS = 14
# So many pairs of buyers give one phone number: mother and daughter, two accounts of one household.
SHARED_PHONES = 6

TAOBAO, MALL, GROUP, ABROAD = "taobao", "mall", "group", "overseas"

_FAMILY = (
    *"林陈黄周吴徐孙朱马胡郭何高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁", "欧阳", "上官",
)  # fmt: skip
_GIVEN_A = "晓雨思梦佳欣诗语若可安悦清沐亦子书南初景"
_GIVEN_F = "彤萱琪瑶妍婷雯菲溪蓉岚薇莹黛芷"
_GIVEN_M = "轩航哲铭川驰辰越"
_NICK_A = (
    "小鹿", "云朵", "柚子", "团子", "橘猫", "奶茶", "星星", "汽水", "棉花",
    "麦芽", "桃桃", "月半", "泡芙", "海盐", "薄荷", "栗子", "糯米", "青柠",
)  # fmt: skip
_NICK_B = (
    "爱护肤", "的梳妆台", "要早睡", "买买买", "不熬夜", "在路上",
    "呀呀", "同学", "妈妈", "的日常", "控", "小铺",
)  # fmt: skip
_ABROAD_FIRST = ("Maya", "Owen", "Priya", "Clara", "Jonas", "Elise", "Tomas", "Hana", "Bruno", "Nadia")
_ABROAD_LAST = ("Sampleton", "Demoore", "Mockwell", "Testerly", "Dummond", "Placeholt")
_STATES = (("Austin", "Texas", "TX"), ("Portland", "Oregon", "OR"), ("Boston", "Massachusetts", "MA"))
_DOMAINS = ("example.com", "example.net", "example.org")


@dataclass(frozen=True)
class Person:
    """One made-up customer.

    `platforms` says where she shops or has an account: taobao, mall (the shop's own), group (orders by chat,
    kept in a table by hand), overseas. `taste` is the price band in yuan she mostly buys from.
    """

    index: int
    name: str
    gender: str
    nickname: str
    email: str
    phone: str
    place: Place
    district: str
    street: str
    birthday: str  # YYYY-MM-DD
    habit: str
    platforms: tuple[str, ...]
    taste: tuple[int, int]
    alipay_is_phone: bool = False
    accepts_mail: bool = False

    @property
    def address(self) -> str:
        """The address as Taobao writes it: province, city, district, street with the postcode in brackets."""
        return f"{self.place.formal} {self.place.city} {self.district} {self.street}({self.place.zip})"


def make_people(seed: int) -> list[Person]:
    """Everybody but the old customer of the story: 599 at home and the overseas buyers, in order of index."""
    rng = Random(f"{seed}/people")
    habits = [habit for habit, count in HABITS.items() for _ in range(count)]
    rng.shuffle(habits)
    people = [_person(rng, index, habit) for index, habit in enumerate(habits, start=1)]
    _share_phones(people)
    return people + [_abroad(rng, len(people) + 1 + i) for i in range(OVERSEAS)]


def _person(rng: Random, index: int, habit: str) -> Person:
    place = rng.choices(PLACES, [TIER_WEIGHT[p.tier] for p in PLACES])[0]
    female = rng.random() < 0.88
    given = rng.choice(_GIVEN_A) + rng.choice(_GIVEN_F if female else _GIVEN_M)
    if rng.random() < 0.15:
        given = given[1]
    building = rng.choice(BUILDINGS)
    spot = {"n": rng.randint(1, 199), "b": rng.randint(1, 20), "r": rng.randint(101, 2602)}
    return Person(
        index=index,
        name=rng.choice(_FAMILY) + given,
        gender="female" if female else "male",
        nickname=f"{rng.choice(_NICK_A)}{rng.choice(_NICK_B)}{index}",
        email=f"demo{index:04d}@{_DOMAINS[index % 3]}",
        phone=home_phone(index),
        place=place,
        district=rng.choice(place.districts),
        street=rng.choice(STREETS) + building.format(**spot),
        birthday=_birthday(rng),
        habit=habit,
        platforms=_platforms(rng, habit),
        taste=_taste(rng, habit),
        alipay_is_phone=rng.random() < 0.3,
        accepts_mail=rng.random() < 0.55,
    )


def home_phone(index: int) -> str:
    """The mobile number of that customer, from the prefix that nobody has been given."""
    return f"154{index * 7919 % 10_000:04d}{index:04d}"


def _birthday(rng: Random) -> str:
    year = 2026 - rng.choices((16, 21, 28, 33, 42, 55), (4, 26, 28, 22, 14, 6))[0] - rng.randint(-2, 2)
    return f"{year}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"


def _platforms(rng: Random, habit: str) -> tuple[str, ...]:
    both = 30 if habit in ("loyal", "wholesale") else 12
    choices = ((TAOBAO,), (MALL,), (TAOBAO, MALL), (GROUP,), (TAOBAO, GROUP))
    return rng.choices(choices, (58, 18, both, 5, 5))[0]


def _taste(rng: Random, habit: str) -> tuple[int, int]:
    if habit == "wholesale":
        return (90, 600)
    return rng.choices(((0, 100), (60, 200), (120, 400), (250, 900)), (32, 36, 22, 10))[0]


def _share_phones(people: list[Person]) -> None:
    alone = [p for p in people if p.platforms == (TAOBAO,) and p.habit in ("one_time", "twice")]
    for first, second in zip(alone[0 : 2 * SHARED_PHONES : 2], alone[1 : 2 * SHARED_PHONES : 2], strict=True):
        # The account stays an e-mail address of her own: only the phone is shared.
        people[second.index - 1] = replace(second, phone=first.phone, alipay_is_phone=False)
        people[first.index - 1] = replace(first, alipay_is_phone=False)


def _abroad(rng: Random, index: int) -> Person:
    first, last = rng.choice(_ABROAD_FIRST), rng.choice(_ABROAD_LAST)
    city, state, code = rng.choice(_STATES)
    number = index % 100
    return Person(
        index=index,
        name=f"{first} {last}",
        gender="",
        nickname="",
        email=f"{first.lower()}.{index}@{_DOMAINS[index % 3]}",
        phone=f"+1 212 555 01{number:02d}",
        place=Place(state, state, code, city, ("",), f"{10_000 + index * 37}", 1),
        district="",
        street=f"{rng.randint(1, 900)} Sample Street",
        birthday=_birthday(rng),
        habit=rng.choice(("one_time", "one_time", "twice", "loyal")),
        platforms=(ABROAD,),
        taste=rng.choice(((60, 200), (120, 400))),
        accepts_mail=rng.random() < 0.5,
    )
