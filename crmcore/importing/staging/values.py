"""Reading amounts, dates and other values as people and platforms write them: the ways SQL does not know.

Each function gets one cell of cleaned text and gives text again, or None where it cannot be understood.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from crmcore.errors import FileError, UsageError
from crmcore.i18n import gettext as _
from crmcore.records.profile import clean_channel

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan januar january", "feb februar february", "mar mär märz march mrz", "apr april", "may mai",
            "jun juni june", "jul juli july", "aug august", "sep sept september", "oct okt october oktober",
            "nov november", "dec dez december dezember",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_CLOCK = r"(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([AaPp][Mm])?)?"
_YEAR_FIRST = re.compile(rf"^(\d{{4}})[-/.年](\d{{1,2}})[-/.月](\d{{1,2}})日?{_CLOCK}$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?$")
_NUMBERS = re.compile(rf"^(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}|\d{{2}}){_CLOCK}$")
_MONTH_FIRST = re.compile(rf"^([^\W\d]{{3,9}})\.?[-\s](\d{{1,2}}),?[-\s](\d{{4}}|\d{{2}}){_CLOCK}$")
_DAY_NAME = re.compile(rf"^(\d{{1,2}})[-\s.]([^\W\d]{{3,9}})\.?[-\s](\d{{4}}|\d{{2}}){_CLOCK}$")
_SERIAL = re.compile(r"^[1-9]\d{4}(\.\d+)?$")
# Day 0 of spreadsheets, with the leap day 1900 they wrongly have.
_SERIAL_START = datetime(1899, 12, 30)
_BIRTHDAY = re.compile(r"^(?:--)?(\d{1,2})[-/.月](\d{1,2})日?$")
# Up to three letters (CNY, 元, kr.), a sign, or both (US$).
_CURRENCY = r"(?:[^\W\d_]{0,3}\.?\s?[$¢£¤¥฿₠-₿]|[^\W\d_]{1,3}\.?)?"
_AMOUNT = re.compile(
    rf"^(?P<open>\()?(?:(?P<before>[-−])|\+)?\s*{_CURRENCY}\s*(?:(?P<between>[-−])|\+)?\s*"
    rf"(?P<digits>[\d.,](?:[\d.,'’\s]*[\d.,])?)\s*{_CURRENCY}\s*(?P<after>[-−])?(?P<close>\))?"
    r"(?:\s*\([^\d()]*\))?$"
)
_THOUSANDS_BLANK = re.compile(r"(?<=\d)['’\s](?=\d{3})")
_GROUPED = re.compile(r"^(?:\d{1,3}(?:,\d{2,3})*,\d{3}|\d+)(?:\.\d*)?$|^\.\d+$")
_PLAIN_POINT = re.compile(r"^\d+\.\d{1,2}$")
_SWAPPED = str.maketrans(".,", ",.")


def day_comes_first(values: Iterable[str]) -> bool | None:
    """Whether dates like 04-30-22 have the day first, by a value above 12; None when none of them is such.

    Raises `FileError` when no value decides it.
    """
    seen = [match for match in map(_NUMBERS.match, values) if match]
    if not seen:
        return None
    first = any(int(match[1]) > 12 for match in seen)
    second = any(int(match[2]) > 12 for match in seen)
    if first == second:
        raise FileError(
            _(
                "dates such as {example}: nothing in the file tells the day from the month; "
                'say it in the mapping, e.g. date_format: "%d/%m/%Y" or "%m/%d/%Y"'
            ).format(example=seen[0][0])
        )
    return first


def read_time(text: str, day_first: bool | None = None) -> str | None:
    """A point in time as `YYYY-MM-DD HH:MM:SS`, without zone."""
    text = unicodedata.normalize("NFKC", text).strip()
    if match := _YEAR_FIRST.match(text):
        return _time(match[1], match[2], match[3], *match.groups()[3:])
    if match := _NUMBERS.match(text):
        day, month = (match[1], match[2]) if day_first else (match[2], match[1])
        return _time(match[3], month, day, *match.groups()[3:])
    if match := _MONTH_FIRST.match(text):
        return _time(match[3], _MONTHS.get(match[1].lower(), 0), match[2], *match.groups()[3:])
    if match := _DAY_NAME.match(text):
        return _time(match[3], _MONTHS.get(match[2].lower(), 0), match[1], *match.groups()[3:])
    if match := _COMPACT.match(text):
        return _time(*match.groups())
    if _SERIAL.match(text):
        moment = _SERIAL_START + timedelta(seconds=round(float(text) * 86400))
        return moment.strftime("%Y-%m-%d %H:%M:%S")
    return None


def _time(
    year: str, month: str | int, day: str, hour: str | None = None, minute: str | None = None,
    second: str | None = None, half: str | None = None,
) -> str | None:  # fmt: skip
    hours = int(hour or 0)
    if half:
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    full_year = int(year) + (2000 if len(year) == 2 else 0)
    try:
        moment = datetime(full_year, int(month), int(day), hours, int(minute or 0), int(second or 0))
    except ValueError:
        return None
    return f"{moment:%Y-%m-%d %H:%M:%S}" if full_year >= 1000 else None


def read_birthday(text: str) -> str | None:
    """A day as `YYYY-MM-DD`, or `--MM-DD` where the year is not told (1604 is some programs' "no year")."""
    if match := _BIRTHDAY.match(text.strip()):
        found = _time("2000", match[1], match[2])
        return "--" + found[5:10] if found else None
    found = read_time(text)
    if found is None:
        return None
    return "--" + found[5:10] if found.startswith("1604") else found[:10]


def read_amount(text: str, decimal: str = ".") -> str | None:
    """An amount or number as plain digits with a point: `$1,240.00` -> 1240.00, `116,99 €` -> 116.99.

    Beside the digits there may be a sign or brackets, a currency, and a remark in brackets at the end;
    anything else (`=1+1`, `1e400`, `3 x 5`) is no amount.
    """
    match = _AMOUNT.match(unicodedata.normalize("NFKC", text).strip())
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None
    bare = _THOUSANDS_BLANK.sub("", match["digits"])
    # A workbook's own numbers have their point whatever the file is said to have: 10.5 is no thousand.
    if decimal == "," and not _PLAIN_POINT.match(bare):
        bare = bare.translate(_SWAPPED)
    if not _GROUPED.match(bare):
        return None
    try:
        value = Decimal(bare.replace(",", ""))
    except InvalidOperation:
        return None
    negative = match["open"] or match["before"] or match["between"] or match["after"]
    return str(-value if negative else value)


_FEMALE = {"女", "女士", "f", "female", "woman", "w", "ms", "mrs", "小姐", "女性"}
_MALE = {"男", "男士", "m", "male", "man", "mr", "先生", "男性"}


def read_gender(text: str) -> str | None:
    """`female` or `male`."""
    word = text.strip().lower().rstrip(".")
    return "female" if word in _FEMALE else "male" if word in _MALE else None


def read_channel(text: str) -> str | None:
    """The channel that somebody wishes to hear by."""
    try:
        return clean_channel(text)
    except UsageError:
        return None


_YES = {"yes", "true", "1", "y", "是", "同意", "subscribed"}
_NO = {"no", "false", "0", "n", "否", "不同意", "unsubscribed", "not_subscribed"}


def read_yes_no(text: str) -> str | None:
    """`yes` or `no`."""
    word = text.strip().lower()
    return "yes" if word in _YES else "no" if word in _NO else None


def read_tags(text: str) -> str | None:
    """Tags of one cell, each once, sorted, between U+001F signs."""
    found = {" ".join(one.split()) for one in re.split(r"[,;，；、|\x1f\n]|\s:::\s", text)}
    found.discard("")
    return "\x1f".join(sorted(found)) or None
