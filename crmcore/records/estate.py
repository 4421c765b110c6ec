"""The housing estate in a Chinese postal address: in `浙江省杭州市余杭区阳光花园12幢2单元301` it is 阳光花园.

Plugins see the estate alone, never the house and door: it is what neighbours share (a group buy in one
estate), and it does not lead to anybody's door.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# 小区, 社区, 园区, 三区 … end in 区 and are no districts.
_DISTRICT = r"[\u4e00-\u9fff]{1,8}?(?<![小社园校厂片景苑一二三四五六七八九十])(?:区|县|旗)"
_WHERE = re.compile(
    r"(?:中国)?(?:[\u4e00-\u9fff]{2,8}?(?:省|自治区|特别行政区))?"
    r"(?P<city>(?:[\u4e00-\u9fff]{2,10}?(?:市|自治州|地区|盟)){0,3})"
    rf"(?P<district>{_DISTRICT})?"
    r"(?:[\u4e00-\u9fff]{1,8}?(?:街道|镇|乡))?"
)
_ROAD = re.compile(
    r"(?P<road>[\u4e00-\u9fff]{1,10}?(?:路|大道|大街|街|巷|胡同|道))"
    r"(?P<lane>\d{1,5}弄)?(?:\d{1,5}(?:[-－]\d+)?号(?!楼|院)(?:院|旁|对面)?)?"
)
_HOUSE = re.compile(
    r"\d+\s*(?:栋|幢|号楼|座|单元|室|#|[-－]\d)|[A-Za-z]\d?\s*(?:栋|幢|座|区\d)|"
    r"[一二三四五六七八九十]+(?:栋|幢|号楼|单元)|\d+号"
)
# Phases and quarters of one estate are one estate: its neighbours meet at the same gate.
_PART = re.compile(r"(?:第?[一二三四五六七八九十\d]+期|[东西南北]区|[一二三四五六七八九十A-Za-z\d]+区)$")
_HOME = re.compile(
    r"(?:小区|花园|家园|新村|新城|公寓|花苑|雅苑|佳苑|名苑|嘉苑|苑|花城|名城|水岸|山庄|庄园|别墅|华府|名府|"
    r"府邸|府|"
    r"公馆|名邸|豪庭|华庭|庭|湾|轩|阁|雅居|居|里|村|郡|墅|院|城|坊|园)$"
)
# Where one works or studies is no estate.
_WORK = re.compile(
    r"(?:公司|大厦|写字楼|中心|广场|商场|超市|银行|医院|学校|大学|学院|中学|小学|宿舍|政府|局|"
    r"[业技学件意]园|园区|厂|酒店|宾馆|市场|驿站|快递柜|丰巢|菜鸟)"
)
_GAP = re.compile(r"[\s,，、。;；/|]+")
_LONGEST = 300


@lru_cache(maxsize=8192)
def estate_of(address: str, city: str = "") -> str | None:
    """The estate that the address lies in, with its city before it: "杭州市 阳光花园"; None: none is seen.

    `city` is used where the address does not say it. An address that names no house of an estate, or that is
    a workplace, has none; where a lane stands for the estate (上海 紫薇路372弄) it is the lane.
    """
    text = _GAP.sub("", unicodedata.normalize("NFKC", address[:_LONGEST]))
    found = _WHERE.match(text)
    assert found is not None  # all of its parts are optional
    rest = text[found.end() :]
    town = _town(found["city"] or "") or city
    road = _ROAD.match(rest)
    after = rest[road.end() :] if road else rest
    house = _HOUSE.search(after)
    name = _PART.sub("", after[: house.start()] if house else after)
    if road and _HOME.fullmatch(name):  # 丽江路小区: the road is its name
        name = road["road"] + name
    if _WORK.search(name):
        return None
    if 3 <= len(name) <= 16 and (_HOME.search(name) or (house and name[-1] not in "路街巷道号")):
        return f"{town} {name}".strip()
    if road and road["lane"] and not name:
        return f"{town} {road['road']}{road['lane']}".strip()
    return None


def _town(cities: str) -> str:
    """The last of the cities named, each of them once: 上海市上海市 is one."""
    parts = re.findall(r".+?(?:市|自治州|地区|盟)", cities)
    return parts[-1] if parts else ""
