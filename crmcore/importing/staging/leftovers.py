"""What the quick ways could not read, worked out in Python once per distinct value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crmcore.hooks.table_importer import ComputedColumn
from crmcore.importing.staging import rounded, values
from crmcore.importing.staging.rows import (
    AMOUNTS,
    LEFT,
    NUMBERS,
    PEOPLE,
    TIMES,
    WORDS,
    Compute,
    Source,
    take,
)
from crmcore.importing.staging.scratch import Scratch, name
from crmcore.records import identity

_Row = tuple[Any, ...]
# A whole column of dates is looked at to tell the day from the month, up to this many distinct values.
_DATES_LOOKED_AT = 50_000
# So many answers of a method are remembered from piece to piece, on disk where there is no room.
_REMEMBERED = 2_000_000


class Answers:
    """What an importer's methods have said so far, for the pieces of one long part."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._tables: dict[int, str] = {}

    def of(self, number: int) -> str | None:
        """The table that holds what the method of that number has said; None where there is none."""
        table = self._tables.get(number)
        if table and self._scratch.one(f"SELECT count(*) FROM {table}") > _REMEMBERED:
            self._forget(number)
        return self._tables.get(number)

    def keep(self, number: int, table: str) -> None:
        """Remember the table for the next piece."""
        self._tables[number] = table

    def forget(self) -> None:
        """Drop everything: the part is read."""
        for number in list(self._tables):
            self._forget(number)

    def _forget(self, number: int) -> None:
        self._scratch.run(f"DROP TABLE {self._tables.pop(number)}")


def work_out(
    scratch: Scratch,
    source: Source,
    compute: Compute,
    day_first: bool | None = None,
    answers: Answers | None = None,
) -> None:
    """Ask the importer's own methods, then read every cell that is left over in `incoming`.

    `day_first`: what `day_comes_first` found; None: to be told from `incoming`. `answers`: what the methods
    said to earlier pieces of the part: the same buyers come again in each of them.
    """
    said = answers or Answers(scratch)
    asked = _asked(scratch, [len(theirs) for _computed, theirs in source.computed])
    for number, (computed, theirs) in enumerate(source.computed):
        if number in asked:
            _ask(scratch, source, number, computed, len(theirs), compute, said)
    if answers is None:
        said.forget()
    look = _look(scratch, source)
    for one in look.left_of(PEOPLE):
        _people(scratch, one, source.currency)
    if day_first is None:
        day_first = day_comes_first(scratch, look.left)
    for one in look.left_of(TIMES):
        _each(
            scratch, one, lambda text: values.read_time(text, day_first),
            "CAST(epoch(try_cast({r} AS TIMESTAMP)) AS BIGINT)",
        )  # fmt: skip
    for one in look.left_of((*AMOUNTS, *NUMBERS)):
        _each(
            scratch, one, lambda text: values.read_amount(text, source.importer.decimal),
            "try_cast({r} AS DECIMAL(18, 6))",
        )  # fmt: skip
    readers: dict[str, Callable[[str], str | None]] = {
        "birthday": values.read_birthday,
        "gender": values.read_gender,
        "contact_by": values.read_channel,
        "tags": values.read_tags,
    }
    for one in look.left_of(WORDS):
        _each(scratch, one, readers.get(one, values.read_yes_no), "{r}")
    if look.has_unknown:
        _name_addresses(scratch, source.fields)
    rounded.mark(scratch, look.long)


@dataclass(frozen=True)
class _Look:
    """What there is to do in `incoming`.

    `left`: our fields of which cells are left over. `has_unknown`: there may be people known by name and
    address alone. `long`: fields whose numbers may be such as a spreadsheet rounds.
    """

    left: set[str]
    has_unknown: bool
    long: list[str]

    def left_of(self, fields: Iterable[str]) -> list[str]:
        """Those of the fields that have something left over."""
        return [one for one in fields if one in self.left]


def _look(scratch: Scratch, source: Source) -> _Look:
    """See in one pass what is worth a statement of its own."""
    fields = source.fields
    left = [one for one in LEFT if one in fields]
    refs = [one for one in rounded.FIELDS if one in fields]
    asked = [f"count({name(one + '_left')})" for one in left]
    asked += [f"max(length({name(one)}))" for one in refs]
    asked.append(f"count(*) FILTER ({_unknown(fields)})")
    *found, unknown = scratch.rows(f"SELECT {', '.join(asked)} FROM incoming")[0]
    filled = {one for one, count in zip(left, found, strict=False) if count}
    longest = zip(refs, found[len(left) :], strict=True)
    long = [one for one, length in longest if one in filled or (length or 0) > rounded.KEPT]
    return _Look(filled, bool(unknown), long)


def _asked(scratch: Scratch, widths: Sequence[int]) -> set[int]:
    """The numbers of the methods, of so many columns each, that have anything to be asked about."""
    if not widths:
        return set()
    listed = ", ".join(f"bool_or({_filled(number, width)})" for number, width in enumerate(widths))
    found = scratch.rows(f"SELECT {listed} FROM incoming")[0]
    return {number for number, is_asked in enumerate(found) if is_asked}


def _filled(number: int, width: int) -> str:
    return " OR ".join(f"ask_{number}_{i} <> ''" for i in range(width))


def _ask(
    scratch: Scratch,
    source: Source,
    number: int,
    computed: ComputedColumn,
    width: int,
    compute: Compute,
    said: Answers,
) -> None:
    """Fill the fields of one `@column` method; what it returns wins, None leaves what is there."""
    asked = [f"ask_{number}_{i}" for i in range(width)]
    fields = computed.fields

    def results(distinct: list[_Row]) -> list[_Row]:
        answers = compute(computed, distinct)
        return [tuple([answer.get(field) for field in fields]) for answer in answers]

    known = said.of(number)
    table = scratch.map_distinct(
        f"FROM incoming WHERE {_filled(number, width)}", asked, results, len(fields), known
    )
    ways: dict[str, str] = {}
    for index, field in enumerate(fields):
        result = f"m.r{index}"
        for column, value in take(field, result, source.currency, ways).items():
            before = ways.get(column, f"incoming.{name(column)}")
            ways[column] = f"CASE WHEN {result} IS NOT NULL THEN {value} ELSE {before} END"
    _update(scratch, table, " AND ".join(f"incoming.{one} = m.v{i}" for i, one in enumerate(asked)), ways)
    if known:
        scratch.run(f"DROP TABLE {table}")
    else:
        said.keep(number, table)


def _fill(scratch: Scratch, table: str, joined: str, ways: Mapping[str, str]) -> None:
    """Fill columns of the rows of `incoming` that are `joined` to a table of values, which goes."""
    _update(scratch, table, joined, ways)
    scratch.run(f"DROP TABLE {table}")


def _update(scratch: Scratch, table: str, joined: str, ways: Mapping[str, str]) -> None:
    sets = ", ".join(f"{name(column)} = {way}" for column, way in ways.items())
    # The rows come in their own order: DuckDB changes them ten times more slowly in any other.
    scratch.run_with_sides(f"UPDATE incoming SET {sets} FROM {table} m WHERE {joined}")


def _each(scratch: Scratch, field: str, read: Callable[[str], str | None], into: str) -> None:
    left = name(field + "_left")
    table = scratch.map_distinct(
        f"FROM incoming WHERE {left} IS NOT NULL", [left], lambda found: [(read(row[0]),) for row in found], 1
    )
    value = into.format(r="m.r0")
    # What was read and yet does not fit (an amount of thirty digits) is left over, never dropped unseen.
    scratch.run(
        f"UPDATE incoming SET {name(field)} = {value}, "
        f"{left} = CASE WHEN ({value}) IS NULL THEN {left} END FROM {table} m WHERE incoming.{left} = m.v0"
    )


def has_odd_times(scratch: Scratch, fields: set[str]) -> bool:
    """Whether `incoming` has times not written plainly: how to read them is told by the whole part."""
    left = " OR ".join(f"{one}_left IS NOT NULL" for one in TIMES if one in fields)
    return bool(left and scratch.one(f"SELECT count(*) FROM (SELECT 1 FROM incoming WHERE {left} LIMIT 1)"))


def day_comes_first(scratch: Scratch, fields: set[str]) -> bool | None:
    """Whether the dates of `incoming` have the day before the month; None when there is nothing to tell."""
    looked: list[str] = []
    for one in TIMES:
        if one in fields:
            found = scratch.rows(
                f"SELECT DISTINCT {one}_left FROM incoming WHERE {one}_left IS NOT NULL LIMIT "
                f"{_DATES_LOOKED_AT}"
            )
            looked += [row[0] for row in found]
    return values.day_comes_first(looked)


def _people(scratch: Scratch, field: str, currency: str) -> None:
    """Buyer ids, e-mails, phones: a normal form, or the masked text of what a platform hid."""
    read: Callable[[str], str | None] = {
        "buyer_ref": identity.normal_buyer,
        "email": identity.normal_email,
    }.get(field) or (lambda text: identity.normal_phone(text, currency))

    def results(found: list[_Row]) -> list[_Row]:
        worked: list[_Row] = []
        for (text,) in found:
            if identity.is_masked(text):
                hidden = identity.hidden_phone(text) if field == "phone" else identity.squeeze(text).lower()
                worked.append((None, hidden if identity.mask_key(hidden) else None))
            else:
                worked.append((read(text), None))
        return worked

    table = scratch.map_distinct(
        f"FROM incoming WHERE {field}_left IS NOT NULL", [f"{field}_left"], results, 2
    )
    # What a spreadsheet puts before a phone to keep it a text is no part of what was hidden.
    shown = f", {field}_shown = coalesce(m.r1, {field}_shown)" if field == "phone" else ""
    scratch.run(
        f"UPDATE incoming SET {field} = m.r0, {field}_mask = m.r1{shown} FROM {table} m "
        f"WHERE incoming.{field}_left = m.v0"
    )


def _unknown(fields: set[str]) -> str:
    """Who is known only by name and street, as a condition."""
    if "address" not in fields or not fields & {"name", "first_name", "last_name"}:
        return "false"
    nothing_else = [f"{one} IS NULL" for one in PEOPLE if one in fields]
    return " AND ".join([*nothing_else, "name IS NOT NULL AND address IS NOT NULL"])


def _name_addresses(scratch: Scratch, fields: set[str]) -> None:
    """Who is known only by name and street gets that as a weak identity."""
    unknown = _unknown(fields)
    table = scratch.map_distinct(
        f"FROM incoming WHERE {unknown}",
        ["name", "address"],
        lambda found: [(identity.name_address_value(who, where),) for who, where in found],
        1,
    )
    joined = f"({unknown}) AND incoming.name = m.v0 AND incoming.address = m.v1"
    _fill(scratch, table, joined, {"name_address": "m.r0"})
