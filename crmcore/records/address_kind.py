"""What kind of place a Chinese postal address names: an office, a school, a dormitory, an authority, a home.

Plugins see the kind and the word that told it, never the address: enough to say why, too little to find a
door.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# The first that is found counts: a dormitory of a university is a student's, a hospital's office no office.
_AUTHORITY = (
    r"人民政府|政府|市委|县委|区委|党委|公安局|派出所|法院|检察院|税务局|财政局|教育局|海关|街道办|居委会|"
    r"村委会|管委会|机关|行政中心|政务|[\u4e00-\u9fff]{2,6}局(?:$|\d|大院|办)"
)
_KINDS: tuple[tuple[str, str], ...] = (
    ("student", r"(?:学生|男生|女生)?(?:宿舍|公寓楼|寝室)|大学|学院|校区|职业技术|研究生院"),
    ("school", r"小学|中学|高中|初中|幼儿园|学校|一中|二中|实验中"),
    ("hospital", r"医院|卫生院|卫生所|诊所|疾控"),
    ("authority", _AUTHORITY),
    ("army", r"部队|武警|军区|消防支队|消防大队"),
    ("factory", r"工业园|工业区|开发区.{0,8}厂|厂区|[\u4e00-\u9fff]{2,12}厂(?:$|\d|门|内|宿)|车间"),
    (
        "office",
        r"写字楼|商务楼|商务中心|大厦|公司|科技园|创业园|创意园|软件园|产业园|孵化|中心\w?座|SOHO|办公楼|CBD|国际广场",
    ),
    ("shop", r"门面|商铺|店铺|市场|商城|超市|专卖店|酒店|宾馆"),
    ("village", r"村\d*组|自然村|[\u4e00-\u9fff]{1,6}(?:村|屯|庄)(?:$|\d|[一二三四五六七八九十]+组)"),
    ("home", r"小区|花园|家园|花苑|公寓|新村|\d+[幢栋]|单元|\d+弄|别墅|号楼|\d{3,4}室"),
)  # fmt: skip
_FOUND = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS), re.IGNORECASE)
_ORDER = {kind: place for place, (kind, _pattern) in enumerate(_KINDS)}
# What is named after a place is no such place: roads, stations, lanes.
_NAMED_AFTER = re.compile(
    r"(?:大学|学院|学校|医院|政府|法院|机关|公司|市场)(?:\w{0,2}(?:路|街|巷|道|城|新村))"
)
_LONGEST = 300


@dataclass(frozen=True)
class AddressKind:
    """A kind of place (student, school, hospital, authority … home), and the `word` that told it."""

    kind: str
    word: str


@lru_cache(maxsize=8192)
def address_kind(address: str) -> AddressKind | None:
    """What the address names, None where it names nothing that tells."""
    text = _NAMED_AFTER.sub("", unicodedata.normalize("NFKC", address[:_LONGEST]).replace(" ", ""))
    found = [AddressKind(str(one.lastgroup), one[0]) for one in _FOUND.finditer(text)]
    return min(found, key=lambda one: _ORDER[one.kind], default=None)
