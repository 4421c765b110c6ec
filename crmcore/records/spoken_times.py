"""Times as they are said in a chat, brought into the forms that `typed_times` reads: 3天后, 周五下午3点半."""

from __future__ import annotations

import re
from datetime import date, timedelta

_NUMBERS = {word: number for number, word in enumerate("一二三四五六七八九十", 1)} | {"两": 2}
_UNITS = {"天": "d", "日": "d", "周": "w", "星期": "w", "小时": "h", "分钟": "min"}
_LATER = re.compile(r"^(\d{1,5}|[一二两三四五六七八九十])\s*个?(天|日|周|星期|小时|分钟)以?(后|前)$")
_OCLOCK = re.compile(
    r"(凌晨|早上|早|上午|中午|下午|晚上|晚)?\s*(\d{1,2})(?:点钟?|[:：](?=\d))(半|\d{1,2})?分?$"
)
_AFTERNOON = ("中午", "下午", "晚上", "晚")
_EVENING = {"今晚": "今天晚上", "明晚": "明天晚上", "明早": "明天早上", "今早": "今天早上"}
_WEEKDAY = re.compile(r"^(下下|下|这|本)?(?:周|星期|礼拜)([一二三四五六日天])$")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH_DAY = re.compile(r"^(\d{1,2})(?:[-/.](\d{1,2})|月(\d{1,2})[日号]?)$")


def plainly(word: str) -> str:
    """What somebody typed, in the short forms: 两周后 -> +2w, 明天下午3点半 -> 明天 15:30; else as it is."""
    if later := _LATER.match(word):
        number = _NUMBERS.get(later[1]) or int(later[1])
        return f"{'+' if later[3] == '后' else '-'}{number}{_UNITS[later[2]]}"
    for short, said in _EVENING.items():
        if word.startswith(short):
            word = said + word.removeprefix(short)
    found = _OCLOCK.search(word)
    if found is None or (found[1] is None and "点" not in found[0]):
        return word
    hour = int(found[2]) + (12 if found[1] in _AFTERNOON and int(found[2]) < 11 else 0)
    minute = 30 if found[3] == "半" else int(found[3] or 0)
    return f"{word[: found.start()].strip()} {hour:02}:{minute:02}".strip()


def weekday(word: str, today: date) -> date | None:
    """The next such day of the week, today included; 下周五 is the Friday of the week after this one."""
    if word in _WEEKDAYS:
        return today + timedelta(days=(_WEEKDAYS.index(word) - today.weekday()) % 7)
    found = _WEEKDAY.match(word)
    if found is None:
        return None
    place = 6 if found[2] in "日天" else "一二三四五六".index(found[2])
    if found[1] is None:
        return today + timedelta(days=(place - today.weekday()) % 7)
    weeks = {"下": 1, "下下": 2}.get(found[1], 0)
    return today + timedelta(days=place - today.weekday() + 7 * weeks)


def month_day(word: str, today: date) -> date | None:
    """11-25, 11月25日: of the year in which that day lies nearest to today.

    Raises `ValueError` for a day that no year has.
    """
    found = _MONTH_DAY.match(word)
    if found is None:
        return None
    month, day = int(found[1]), int(found[2] or found[3])
    date(2000, month, day)
    near = []
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            near.append(date(year, month, day))
        except ValueError:
            continue  # 29 February
    if not near:
        raise ValueError(word)
    return min(near, key=lambda one: abs((one - today).days))
