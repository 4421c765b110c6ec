"""One row of a file, as values: the table `rows` that every later step works on.

One pass in SQL reads what is written plainly; what is left over is worked out once per distinct value in
Python (`leftovers`), local times become UTC (`zones`), and rows that cannot be used get a `problem`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crmcore.hooks.import_fields import OPEN_PREFIX
from crmcore.hooks.table_importer import ComputedColumn, TableImporter
from crmcore.importing.reading import TablePart
from crmcore.importing.staging import cells
from crmcore.importing.staging.plain import plain
from crmcore.importing.staging.scratch import Scratch, literal, name
from crmcore.records.money import decimals

# So many rows are soon worked through: what saves memory or time with long files would only cost some.
FEW = 1_000
# What the worker is asked: the method of an importer, for distinct combinations of cells.
Compute = Callable[[ComputedColumn, list[tuple[str, ...]]], list[Mapping[str, str | None]]]

LINES = (
    "name", "nickname", "country", "province", "city", "title", "category", "channel", "source_tag", "owner",
    "status_reason", "kind", "state",
)  # fmt: skip
TEXTS = ("address", "note", "text")
CODES = ("order_ref", "line_ref", "sku")
PEOPLE = ("buyer_ref", "email", "phone")
TIMES = ("placed_at", "paid_at", "refunded_at", "closed_at", "at", "due_at")
AMOUNTS = ("order_total", "paid_total", "refund_total", "unit_price", "line_total")
NUMBERS = ("quantity", "rating")
# 1900 to 2199: what lies outside is a program's way to say "no time", and would overflow in other zones.
EARLIEST, LATEST = -2_208_988_800, 7_258_118_399
# Read per distinct value only: few values, many ways to write them.
WORDS = ("birthday", "gender", "contact_by", "tags", "consent.email", "consent.sms")

# What a person's own record may hold, as columns of `customers`.
PROFILE = (
    "name",
    "nickname",
    "gender",
    "birthday",
    "country",
    "province",
    "city",
    "address",
    "contact_by",
    "note",
    "extra",
)

COLUMNS: dict[str, str] = {
    "seq": "BIGINT",
    "part": "INTEGER",
    "rec": "BIGINT",
    **dict.fromkeys((*CODES, *LINES, *TEXTS, *WORDS), "VARCHAR"),
    **{column: "VARCHAR" for one in PEOPLE for column in (one, f"{one}_shown", f"{one}_mask")},
    **{column: kind for one in TIMES for column, kind in ((one, "BIGINT"), (f"{one}_utc", "BOOLEAN"))},
    **dict.fromkeys((*AMOUNTS, *NUMBERS), "DECIMAL(18, 6)"),
    "name_address": "VARCHAR",
    "status": "VARCHAR",
    "status_text": "VARCHAR",
    "currency": "VARCHAR",
    "extra": "VARCHAR",
    "problem": "VARCHAR",
}
# Currencies that have no hundredths: 1 or 1000 minor units.
_OTHER_DECIMALS = (
    "JPY", "KRW", "CLP", "VND", "ISK", "XAF", "XOF", "UGX", "PYG", "KWD", "BHD", "JOD", "OMR", "TND",
)  # fmt: skip
LEFT = (*PEOPLE, *TIMES, *AMOUNTS, *NUMBERS, *WORDS)


@dataclass(frozen=True)
class Source:
    """One part of a file and how it is to be understood.

    `ours` says which of the file's columns hold each of our fields, best first; `currency` and `zone` are
    those of the importer or the shop.
    """

    part: TablePart
    number: int
    importer: TableImporter
    ours: Mapping[str, Sequence[str]]
    computed: Sequence[tuple[ComputedColumn, Sequence[str | None]]]
    currency: str
    zone: str

    @property
    def fields(self) -> set[str]:
        """Our fields that this part can fill."""
        return set(self.ours) | {field for one, _theirs in self.computed for field in one.fields}


def columns_of(fields: set[str] | frozenset[str]) -> list[str]:
    """The columns of `rows` that these fields of ours fill; the others are empty for the whole import."""
    said = set(fields) | ({"name"} if fields & {"first_name", "last_name"} else set())
    filled = {"seq", "part", "rec", "currency", "problem"} | (said & set(COLUMNS))
    for one in said & set(PEOPLE):
        filled |= {f"{one}_shown", f"{one}_mask"}
    filled |= {f"{one}_utc" for one in said & set(TIMES)}
    if {"name", "address"} <= said:
        filled.add("name_address")
    if "status" in said:
        filled.add("status_text")
    if any(one.startswith(OPEN_PREFIX) for one in said):
        filled.add("extra")
    return [column for column in COLUMNS if column in filled]


def are_few(number: int) -> bool:
    """Whether so many rows need no care for memory."""
    return number <= FEW


def make_rows(scratch: Scratch, fields: frozenset[str]) -> None:
    """Make `kept`, the empty table of what the fields fill, for the rows of several parts."""
    listed = ", ".join(f"{name(column)} {COLUMNS[column]}" for column in columns_of(fields))
    scratch.run(f"CREATE TABLE kept ({listed})")


@dataclass(frozen=True)
class Piece:
    """A file that holds some of a part's records, the index of the first of them, and the table for them."""

    path: Path
    start: int
    table: str


def read_part(scratch: Scratch, source: Source, piece: Piece | None = None) -> int:
    """Read one part into `incoming`: `rows` with what is left over, and the cells methods ask for.

    With a `piece`, that one of its files into the table it names. Returns how many rows there are.
    """
    part = source.part
    position = {column: f"f{i}" for i, column in enumerate(part.columns)}
    chosen = {ours: name(f"x_{ours}") for ours in source.ours}
    inner = [
        f"{cells.cell([position[one] for one in theirs])} AS {chosen[ours]}"
        for ours, theirs in source.ours.items()
    ]
    forms = plain(source.computed)
    ways = _ways(source, chosen)
    for field, test, result in forms.answers:
        for filled, value in take(field, result, source.currency, ways).items():
            ways[filled] = f"CASE WHEN {test} AND {result} IS NOT NULL THEN {value} ELSE {ways[filled]} END"
    wanted = [f"{way} AS {name(column)}" for column, way in ways.items()]
    for number, (_computed, theirs) in enumerate(source.computed):
        for index, column in enumerate(theirs):
            raw = "''" if column is None else f"coalesce({cells.cell([position[column]])}, '')"
            asked = f"ask_{number}_{index}"
            inner.append(f"{raw} AS {asked}")
            settled = forms.tests.get(number)
            wanted.append(f"CASE WHEN {settled} THEN '' ELSE {asked} END AS {asked}" if settled else asked)
    reader, values = reader_of(part, piece.path if piece else None)
    table, start = (piece.table, piece.start) if piece else ("incoming", 0)
    # In steps: what is trimmed once need not be worked out again in every expression that uses it.
    cells_of_row = f"SELECT row_number() OVER () - 1 + {start} AS rec, {', '.join(inner)} FROM {reader}"
    taken = "".join(f", {one}" for one in forms.taken)
    return scratch.run(
        f"CREATE OR REPLACE TABLE {table} AS SELECT {', '.join(wanted)} FROM "
        f"(SELECT *{taken} FROM ({cells_of_row}))",
        values,
    )


def reader_of(part: TablePart, piece: Path | None = None) -> tuple[str, list[object]]:
    """The FROM item that reads a part's cells as text columns f0, f1 …, and its values.

    `piece`: of that one of its files alone.
    """
    quote = literal('"' if part.quoted else "")
    columns = ", ".join(f"f{i}: 'VARCHAR'" for i in range(len(part.columns)))
    # What we wrote ourselves ends its lines with LF; left to guess, DuckDB takes a CR inside a cell for it.
    line_end = "" if part.is_original else "new_line = '\\n', "
    sql = (
        "read_csv(?, header = false, auto_detect = false, strict_mode = true, null_padding = false, "
        f"{line_end}delim = {literal(part.delimiter)}, quote = {quote}, escape = {quote}, "
        f"skip = {part.skip_lines}, "
        f"columns = {{{columns}}}, max_line_size = 2000000, buffer_size = 4000000)"
    )
    files = [piece] if piece else part.pieces or [part.csv_path]
    return sql, [[str(one) for one in files]]


def _ways(source: Source, chosen: dict[str, str]) -> dict[str, str]:
    """For every column of `incoming`, the expression that fills it from the file."""
    present = columns_of(source.fields)
    ways = {column: f"CAST(NULL AS {COLUMNS[column]})" for column in present}
    ways |= {"seq": "rec + 1", "part": str(source.number), "rec": "rec"}
    ways |= {f"{column}_left": "CAST(NULL AS VARCHAR)" for column in LEFT if column in source.fields}
    ways |= {f"{column}_utc": "false" for column in TIMES if column in source.fields}
    ways |= {one: cells.line_text(chosen[one]) for one in LINES if one in chosen}
    ways |= {one: cells.long_text(chosen[one]) for one in TEXTS if one in chosen}
    ways |= {one: cells.code(chosen[one]) for one in CODES if one in chosen}
    ways |= {f"{one}_left": chosen[one] for one in WORDS if one in chosen}
    for one in PEOPLE:
        if one in chosen:
            ways |= _person(one, chosen[one], source.currency)
    for one in TIMES:
        if one in chosen:
            ways |= _time(one, chosen[one], source.importer.date_format)
    for one in (*AMOUNTS, *NUMBERS):
        if one in chosen:
            quick = "NULL" if source.importer.decimal == "," else cells.amount(chosen[one])
            ways |= {one: quick, f"{one}_left": f"CASE WHEN ({quick}) IS NULL THEN {chosen[one]} END"}
    if "name" not in chosen and ("first_name" in chosen or "last_name" in chosen):
        ways["name"] = _full_name(chosen.get("first_name", "NULL"), chosen.get("last_name", "NULL"))
    ways |= _status(chosen.get("status"), source.importer.statuses)
    ways["currency"] = f"upper({chosen['currency']})" if "currency" in chosen else literal(source.currency)
    ways["extra"] = _extra(chosen)
    ways["problem"] = _damaged(chosen)
    return ways


def _person(one: str, text: str, currency: str) -> dict[str, str]:
    return {**read_person(one, text, currency), f"{one}_shown": cells.line_text(text)}


def read_person(one: str, text: str, currency: str) -> dict[str, str]:
    """The expressions that fill one of `PEOPLE`, and its column of what is left over, from an SQL text."""
    quick = {"buyer_ref": cells.buyer(text), "email": cells.email(text)}.get(one) or cells.phone(
        text, currency
    )
    return {one: quick, f"{one}_left": f"CASE WHEN ({quick}) IS NULL THEN {text} END"}


def take(field: str, result: str, currency: str, ways: Mapping[str, str]) -> dict[str, str]:
    """How a method's answer enters `incoming`: texts as they are, everything else is read like a cell.

    `ways` is how its columns are filled so far.
    """
    if field.startswith(OPEN_PREFIX):
        pair = f"json_object({literal(field.removeprefix(OPEN_PREFIX))}, {result})"
        before = ways.get("extra", "incoming.extra")
        return {"extra": f"CAST(json_merge_patch(coalesce({before}, '{{}}'), {pair}) AS VARCHAR)"}
    if field in PEOPLE:
        return {**read_person(field, result, currency), f"{field}_shown": result}
    if field in LEFT:
        return {field: "NULL", f"{field}_left": result}
    return {field: result}


def _time(one: str, text: str, date_format: str | Sequence[str] | None) -> dict[str, str]:
    formats = [date_format] if isinstance(date_format, str) else list(date_format or ())
    local = cells.time(text, formats)
    offset = "NULL" if formats else cells.offset_time(text)
    both = f"coalesce({local}, {offset})"
    return {
        one: both,
        f"{one}_utc": f"({local}) IS NULL AND ({offset}) IS NOT NULL",
        f"{one}_left": f"CASE WHEN {both} IS NULL THEN {text} END",
    }


def _full_name(first: str, last: str) -> str:
    """Family and given name in the order of the script: 王小明, but Ann Lee."""
    chinese = rf"regexp_matches(concat({first}, {last}), '[\x{{4e00}}-\x{{9fff}}]')"
    joined = (
        f"CASE WHEN {chinese} THEN concat({last}, {first}) ELSE trim(concat_ws(' ', {first}, {last})) END"
    )
    return f"nullif({cells.line_text(joined)}, '')"


def _status(text: str | None, statuses: Mapping[str, str]) -> dict[str, str]:
    if text is None:
        return {}
    cases = " ".join(
        f"WHEN {literal(_word(word))} THEN {literal(str(ours))}" for word, ours in statuses.items()
    )
    words = f"lower(replace(replace({text}, ' ', ''), ',', '，'))"
    case = f"CASE {words} {cases} END" if cases else "CAST(NULL AS VARCHAR)"
    return {"status_text": cells.line_text(text), "status": case}


def _word(word: str) -> str:
    return word.lower().replace(" ", "").replace(",", "，")


def _extra(chosen: dict[str, str]) -> str:
    free = {
        ours.removeprefix(OPEN_PREFIX): text for ours, text in chosen.items() if ours.startswith(OPEN_PREFIX)
    }
    if not free:
        return "CAST(NULL AS VARCHAR)"
    pairs = ", ".join(f"{literal(key)}, {cells.line_text(text)}" for key, text in sorted(free.items()))
    return f"nullif(CAST(json_merge_patch('{{}}', json_object({pairs})) AS VARCHAR), '{{}}')"


def _damaged(chosen: dict[str, str]) -> str:
    checks = [
        f"WHEN {cells.is_damaged(chosen[one])} THEN 'damaged:{one}'"
        for one in (*CODES, "buyer_ref")
        if one in chosen
    ]
    return f"CASE {' '.join(checks)} END" if checks else "CAST(NULL AS VARCHAR)"


def keep_part(scratch: Scratch, source: Source, start: int) -> None:
    """Move `incoming` into `kept`, numbered on from `start`, and give what cannot be used its `problem`."""
    present = columns_of(source.fields)
    special = {"seq": "seq + ?", "problem": f"CASE {_problem(source)} END"}
    listed = ", ".join(name(column) for column in present)
    picked = ", ".join(special.get(column, name(column)) for column in present)
    scratch.run(f"INSERT INTO kept ({listed}) SELECT {picked} FROM incoming", [start])
    scratch.run("DROP TABLE incoming")


def keep_only_part(scratch: Scratch, source: Source, number: int) -> None:
    """Like `make_rows` and `keep_part` for the one part of so many rows there is: nothing is copied.

    What was only needed to read it goes, where that makes room.
    """
    scratch.run(
        f"UPDATE incoming SET problem = CASE {_problem(source)} END WHERE CASE {_problem(source)} END <> ''"
    )
    if not are_few(number):
        kept = columns_of(source.fields)
        for column in scratch.columns("incoming"):
            if column not in kept:
                scratch.run(f"ALTER TABLE incoming DROP COLUMN {name(column)}")
    scratch.run("ALTER TABLE incoming RENAME TO kept")


def show_rows(scratch: Scratch, fields: frozenset[str], ways: Mapping[str, str]) -> None:
    """Make the view `rows`: `kept` with every one of `COLUMNS`, empty where the fields do not fill it.

    `ways`: SQL of columns of another name, or of further ones.
    """
    there = columns_of(fields)
    every = {
        column: name(column) if column in there else f"CAST(NULL AS {kind})"
        for column, kind in COLUMNS.items()
    }
    listed = ", ".join(f"{way} AS {name(column)}" for column, way in {**every, **ways}.items())
    scratch.run(f"CREATE OR REPLACE VIEW rows AS SELECT {listed} FROM kept")


def _problem(source: Source) -> str:
    """The branches of a CASE that gives the problem of a row of `incoming`."""
    fields = source.fields
    checks = ["WHEN problem IS NOT NULL THEN problem"]
    checks += [f"WHEN {name(one + '_left')} IS NOT NULL THEN 'date:{one}'" for one in TIMES if one in fields]
    checks += [
        f"WHEN {name(one + '_left')} IS NOT NULL THEN 'amount:{one}'"
        for one in (*AMOUNTS, *NUMBERS)
        if one in fields
    ]
    checks += [f"WHEN {one} <> trunc({one}) THEN 'whole:{one}'" for one in NUMBERS if one in fields]
    checks += [f"WHEN abs({one}) >= 100000000000 THEN 'amount:{one}'" for one in AMOUNTS if one in fields]
    checks += [f"WHEN abs({one}) >= 1000000000 THEN 'amount:{one}'" for one in NUMBERS if one in fields]
    if {"quantity", "unit_price"} <= fields:
        line = "abs(CAST(quantity AS DOUBLE) * CAST(unit_price AS DOUBLE))"
        checks.append(f"WHEN {line} >= 100000000000 THEN 'amount:quantity'")
    span = f"BETWEEN {EARLIEST} AND {LATEST}"
    checks += [f"WHEN {name(one)} NOT {span} THEN 'date:{one}'" for one in TIMES if one in fields]
    if "currency" in fields:
        checks.append(
            "WHEN currency IS NOT NULL AND NOT regexp_full_match(currency, '[A-Z]{3}') THEN "
            "'currency:currency'"
        )
    if "order_ref" in fields and source.importer.record in ("order", "order_line"):
        checks.append("WHEN order_ref IS NULL THEN 'missing:order_ref'")
    if source.importer.record == "interaction":
        checks.append("WHEN \"at\" IS NULL THEN 'missing:at'")
    return " ".join(checks)


def minor_units(value: str, currency: str = "currency") -> str:
    """The amount in minor units of its row's currency, halves away from zero."""
    # Rounded first: with six digits behind the point a hundred times ten milliards is too long for a number.
    none = ", ".join(literal(one) for one in _OTHER_DECIMALS if decimals(one) == 0)
    three = ", ".join(literal(one) for one in _OTHER_DECIMALS if decimals(one) == 3)
    return (
        f"CASE WHEN {currency} IN ({none}) THEN CAST(round({value}) AS BIGINT) "
        f"WHEN {currency} IN ({three}) THEN CAST(round({value}, 3) * 1000 AS BIGINT) "
        f"ELSE CAST(round({value}, 2) * 100 AS BIGINT) END"
    )
