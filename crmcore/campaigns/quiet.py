"""Where it is night now: quiet hours on the customers' own clocks, by the country on their cards.

A country with several zones is quiet while it is night in any of them: better late than at five in the
morning. The zones of countries are those of the time zone database itself (zone.tab, iso3166.tab).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from functools import lru_cache
from importlib import resources

from crmcore.campaigns.rules import Rules
from crmcore.records.clock import zone

# How exports write a country beside its English name and its ISO code.
_OTHER_NAMES = {
    "中国": "CN", "中国大陆": "CN", "china": "CN", "中国香港": "HK", "香港": "HK", "中国台湾": "TW", "台湾":
    "TW", "中国澳门": "MO", "澳门": "MO", "美国": "US", "英国": "GB", "united kingdom": "GB", "uk": "GB",
    "great britain": "GB", "日本": "JP", "韩国": "KR", "south korea": "KR", "新加坡": "SG", "加拿大": "CA",
    "澳大利亚": "AU", "德国": "DE", "法国": "FR", "usa": "US", "united states of america": "US", "eire": "IE",
    "俄罗斯": "RU",
}  # fmt: skip


def quiet_countries(countries: Iterable[str], rules: Rules, shop_zone: str, now: int) -> frozenset[str]:
    """Those of `countries` (as cards write them; "" for none) where no promotion may go out now."""
    if rules.quiet == "off" or rules.quiet_from == rules.quiet_to:
        return frozenset()
    return frozenset(one for one in countries if _night(one, rules, shop_zone, now))


def opens_at(country: str, rules: Rules, shop_zone: str, now: int) -> int:
    """The next instant at which a promotion may go out to that country, to a quarter of an hour."""
    at = now
    for _step in range(4 * 48):
        if not _night(country, rules, shop_zone, at):
            return at
        at = (at // 900 + 1) * 900
    return now + 86_400  # a country whose zones leave no common hour: tomorrow is as good as now


def _night(country: str, rules: Rules, shop_zone: str, now: int) -> bool:
    clocks = [datetime.fromtimestamp(now, zone(name)).time() for name in zones_of(country) or (shop_zone,)]
    nights = [_between(one, rules.quiet_from, rules.quiet_to) for one in clocks]
    return any(nights)


def _between(clock: time, start: time, end: time) -> bool:
    return start <= clock < end if start < end else clock >= start or clock < end


def zones_of(country: str) -> tuple[str, ...]:
    """The time zones of a country by its name or code; none where it is not known."""
    name = country.strip()
    code = _OTHER_NAMES.get(name.lower()) or _codes().get(name.lower()) or name.upper()
    return _zones().get(code, ())


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    rows = (line.split("\t") for line in _lines("iso3166.tab"))
    return {name.lower(): code for code, name in rows}


@lru_cache(maxsize=1)
def _zones() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in _lines("zone.tab"):
        code, _place, name = line.split("\t")[:3]
        found[code] = (*found.get(code, ()), name)
    # One clock in all of the country, whatever its second zone says: 02:00 in Xinjiang's own time is 04:00.
    return found | {"CN": ("Asia/Shanghai",)}


def _lines(file: str) -> list[str]:
    text = (resources.files("tzdata") / "zoneinfo" / file).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
