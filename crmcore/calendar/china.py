"""What comes round for a shop in China; a pack or the shop itself replaces any of it under its name.

Serves S117, S142 (sale events), S111, S115, S141 (festivals), S135, S136 (seasons). The days of the sale
events are those that Tmall announced for each year, from the first to the last day on which prices were
reduced; a presale counts as run-up. For years that are not listed the usual day holds.

Nobody publishes a table of them. Looked up on 2026-11-27 in reports of the time; what was found in none
stands in `TO_CHECK`, and `crm calendar list` says so. Double 11 of 2021 (presale from 20 October, first sale
from 1 November; "the three-week calendar of last November"): protocol.com, "Singles' Day slog". 2022 (presale
24 October, sales 31 October to 11 November): chinainternetwatch.com, 2022-10-13. 2023 (24 October to 11
November): ecommercetochina.com, "Cheat sheet". 2024 (presale from 14 October, to 11 November): CGTN,
2024-11-11. 2025 (from 15 October): Reuters, 2025-10-16, after pymnts.com. Mid-year sale of 2025 (presale from
13 May, sale from 16 May): reportify.ai on Tmall's announcement.
"""

from __future__ import annotations

from calendar import isleap
from datetime import date

from crmcore.calendar.entries import CalendarEntry


def _year(prepare: str, first: str, last: str) -> dict[str, date]:
    return {
        "prepare": date.fromisoformat(prepare),
        "first": date.fromisoformat(first),
        "last": date.fromisoformat(last),
    }


_DOUBLE_11 = {
    2020: _year("2020-10-21", "2020-11-01", "2020-11-11"),
    2021: _year("2021-10-20", "2021-11-01", "2021-11-11"),
    2022: _year("2022-10-24", "2022-10-31", "2022-11-11"),
    2023: _year("2023-10-24", "2023-10-31", "2023-11-11"),
    2024: _year("2024-10-14", "2024-10-21", "2024-11-11"),
    2025: _year("2025-10-15", "2025-10-20", "2025-11-14"),
}
_MID_YEAR = {
    2020: _year("2020-05-25", "2020-06-01", "2020-06-20"),
    2021: _year("2021-05-24", "2021-06-01", "2021-06-20"),
    2022: _year("2022-05-26", "2022-05-31", "2022-06-20"),
    2023: _year("2023-05-26", "2023-05-31", "2023-06-20"),
    2024: _year("2024-05-13", "2024-05-20", "2024-06-20"),
    2025: _year("2025-05-13", "2025-05-16", "2025-06-20"),
}

# Days that were found in no report of the time: name -> year -> which.
TO_CHECK: dict[str, dict[int, tuple[str, ...]]] = {
    "double_11": {2023: ("first",), 2024: ("first",), 2025: ("first", "last")},
    "mid_year": {**dict.fromkeys(range(2020, 2025), ("prepare", "first", "last")), 2025: ("last",)},
}


def to_check(name: str, year: int) -> bool:
    """Whether days of a sale event are ours to the best of our knowledge only, or no more than usual."""
    entry = next((one for one in PLATFORM if one.name == name), None)
    return entry is not None and (year in TO_CHECK.get(name, {}) or year not in entry.years)


PLATFORM = (
    CalendarEntry("new_year_goods", "年货节", "New Year goods", "platform", "lunar eve", 35, 0, 14),
    CalendarEntry("queens_day", "38节", "Queen's Day sale", "platform", "03-08", 4, 0, 10),
    CalendarEntry(
        "mid_year", "年中促", "Mid-year sale (618)", "platform", "06-18", 17, 2, 14, _MID_YEAR, 2010
    ),
    CalendarEntry("double_11", "双十一", "Double 11", "platform", "11-11", 0, 0, 21, _DOUBLE_11, 2009),
    CalendarEntry("double_12", "双十二", "Double 12", "platform", "12-12", 0, 0, 10, {}, 2011),
)

FESTIVALS = (
    CalendarEntry("new_year", "元旦", "New Year's Day", "festival", "01-01"),
    CalendarEntry("laba", "腊八节", "Laba Festival", "festival", "lunar 12-8"),
    CalendarEntry("new_years_eve", "除夕", "Chinese New Year's Eve", "festival", "lunar eve"),
    CalendarEntry("spring_festival", "春节", "Spring Festival", "festival", "lunar 1-1", 0, 6, 15),
    CalendarEntry("lantern", "元宵节", "Lantern Festival", "festival", "lunar 1-15"),
    CalendarEntry("valentine", "情人节", "Valentine's Day", "festival", "02-14", 0, 0, 14),
    CalendarEntry("womens_day", "妇女节", "Women's Day", "festival", "03-08", 0, 0, 7),
    CalendarEntry("qingming", "清明", "Qingming", "festival", "term qingming"),
    CalendarEntry("labour_day", "劳动节", "Labour Day", "festival", "05-01", 0, 4),
    CalendarEntry("mothers_day", "母亲节", "Mother's Day", "festival", "sunday 2 of 5", 0, 0, 14),
    CalendarEntry("love_day", "520", "520 (I love you)", "festival", "05-20", 0, 0, 10),
    CalendarEntry("childrens_day", "儿童节", "Children's Day", "festival", "06-01", 0, 0, 10),
    CalendarEntry("dragon_boat", "端午节", "Dragon Boat Festival", "festival", "lunar 5-5", 0, 0, 10),
    CalendarEntry("fathers_day", "父亲节", "Father's Day", "festival", "sunday 3 of 6", 0, 0, 14),
    CalendarEntry("qixi", "七夕", "Qixi (Chinese Valentine's Day)", "festival", "lunar 7-7", 0, 0, 14),
    CalendarEntry("teachers_day", "教师节", "Teachers' Day", "festival", "09-10", 0, 0, 7),
    CalendarEntry("mid_autumn", "中秋节", "Mid-Autumn Festival", "festival", "lunar 8-15", 0, 0, 15),
    CalendarEntry("national_day", "国庆节", "National Day", "festival", "10-01", 0, 6, 7),
    CalendarEntry("double_ninth", "重阳节", "Double Ninth Festival", "festival", "lunar 9-9", 0, 0, 7),
    CalendarEntry("christmas", "圣诞节", "Christmas", "festival", "12-25", 1, 0, 10),
)

# Seasons as trade counts them: three whole months each, known by their first day.
_LEAP = {year: {"last": date(year + 1, 2, 29)} for year in range(2003, 2099) if isleap(year + 1)}
SEASONS = (
    CalendarEntry("spring", "春季", "Spring", "season", "03-01", 0, 91),
    CalendarEntry("summer", "夏季", "Summer", "season", "06-01", 0, 91),
    CalendarEntry("autumn", "秋季", "Autumn", "season", "09-01", 0, 90),
    CalendarEntry("winter", "冬季", "Winter", "season", "12-01", 0, 89, 0, _LEAP),
)

CHINA = (*PLATFORM, *FESTIVALS, *SEASONS)
