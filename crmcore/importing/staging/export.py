"""The staged records as they leave for the shop's database: numbered tables that it can join with its own.

Every table has a `seq`; `Chunk` says which run of it belongs to which chunk of whole customers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmcore.importing.staging.orders import Records, Shape
from crmcore.importing.staging.people import Told
from crmcore.importing.staging.rows import COLUMNS, PROFILE, WORDS, columns_of
from crmcore.importing.staging.scratch import Scratch, literal, name

# Records without a person come last, this many a chunk.
_NOBODY = 1_500

_TEXT = "TEXT"


def _shape(numbers: str, texts: str) -> dict[str, str]:
    return {**dict.fromkeys(numbers.split(), "BIGINT"), **dict.fromkeys(texts.split(), _TEXT)}


TABLES: dict[str, dict[str, str]] = {
    "st_root": {
        **_shape("seq chunk n_rows seen", ""),
        **dict.fromkeys((*PROFILE, *(one for one in WORDS if one not in PROFILE)), _TEXT),
    },
    # The best identity of each root. In the join that makes `st_root` it took 45 MB of 400,000 people.
    "st_best": _shape("seq chunk strong", "kind namespace value"),
    "st_claim": _shape("seq chunk root strong shared is_best", "kind namespace value shown tail mask_key"),
    "st_order": _shape(
        "seq chunk root n_rows placed_at paid_at closed_at refunded_at ordered_total paid_total "
        "refunded_total net_total",
        "number currency status status_text channel source_tag province city address note lines_hash extra",
    ),
    "st_line": _shape(
        "seq chunk order_seq position quantity unit_price total is_goods", "sku title category extra"
    ),
    "st_refund": _shape("seq chunk root n_rows at amount", "number currency reason"),
    "st_visit": _shape(
        "seq chunk root n_rows at due_at", "number kind text state owner channel order_ref payload"
    ),
    "st_product": _shape("seq chunk", "sku title category"),
}


@dataclass(frozen=True)
class Chunk:
    """One chunk of whole customers: for every staged table the first and last `seq` it holds.

    `has_weak`: somebody in it is known by nothing that identifies for certain. `has_doubts`: what somebody
    in it gave may lead to somebody else. `count`: so many chunks that follow one another, from `number` on.
    """

    number: int
    ranges: dict[str, tuple[int, int]]
    has_weak: bool
    has_doubts: bool
    count: int = 1

    @property
    def numbers(self) -> range:
        """The numbers of all that it is made of."""
        return range(self.number, self.number + self.count)

    def range_of(self, table: str) -> tuple[int, int]:
        """First and last `seq`; (1, 0) when the chunk has none of them."""
        return self.ranges.get(table, (1, 0))


def together(chunks: Sequence[Chunk]) -> Chunk:
    """Chunks that follow one another as one: so do their rows in every table."""
    ranges: dict[str, tuple[int, int]] = {}
    for chunk in chunks:
        for table, (low, high) in chunk.ranges.items():
            ranges[table] = (ranges.get(table, (low, high))[0], high)
    weak, doubts = any(one.has_weak for one in chunks), any(one.has_doubts for one in chunks)
    return Chunk(chunks[0].number, ranges, weak, doubts, len(chunks))


@dataclass(frozen=True)
class Staging:
    """A staged table that leaves: SQL of each column that is filled, `seq` first, and its FROM.

    A text that the files say nothing about is no column: it would take part in sorting like any other.
    """

    columns: Mapping[str, str]
    source: str

    @property
    def names(self) -> str:
        """The columns, quoted."""
        return ", ".join(map(name, self.columns))

    def select(self, *, in_order: bool) -> str:
        """Its rows, in the order of their `seq` or as they lie."""
        listed = ", ".join(f"{way} AS {name(column)}" for column, way in self.columns.items())
        return f"SELECT {listed} {self.source}" + (" ORDER BY 1" if in_order else "")


@dataclass(frozen=True)
class Leaving:
    """What leaves: the staged tables that have rows, made of so many `rows` of the files."""

    rows: int
    tables: Mapping[str, Staging]


def build_tables(
    scratch: Scratch, shape: Shape, kind: str | None, told: Told, records: Records | None
) -> tuple[list[Chunk], Leaving]:
    """Number the staged records; returns the chunks in their order, and what is to leave.

    Only narrow tables are sorted, to number the records: wide rows are put together when they leave, so that
    a file of any length fits. In their joins the narrow table stands on the right: that one is held in
    memory.
    """
    filled = {*columns_of(shape.fields)}
    scratch.run(f"CREATE OR REPLACE TABLE claims AS {_claims()}")
    tables = {"st_root": _roots(shape, filled), "st_best": _BEST, "st_claim": _CLAIMED}
    numbered = {
        "st_root": "root AS seq, NOT strong AS odd FROM root",
        "st_claim": f"seq, {_DOUBTS} FROM claims",
    }
    if records:
        _place(scratch, told, records)
        tables |= _sales(shape, records, filled)
        numbered["st_order"] = "seq, false AS odd FROM placed WHERE NOT is_refund"
        numbered["st_refund"] = "seq, false AS odd FROM placed WHERE is_refund"
    if records and records.lines:
        tables |= _goods(scratch, shape, told, records.lines)
        numbered["st_line"] = "seq, false AS odd FROM placed_lines"
        numbered["st_product"] = "seq, false AS odd FROM goods"
    if shape.importer.record == "interaction":
        scratch.run(f"CREATE OR REPLACE TABLE placed AS {_placed_visits(_last_chunk(scratch))}")
        tables["st_visit"] = _visits(shape, kind)
        numbered["st_visit"] = "seq, false AS odd FROM placed"
    scratch.keep_sides()
    chunks = _chunks(scratch, numbered)
    there = {table for one in chunks for table in one.ranges}
    return chunks, Leaving(told.rows, {one: tables[one] for one in TABLES if one in there})


def _chunks(scratch: Scratch, numbered: Mapping[str, str]) -> list[Chunk]:
    """The chunks, by what `numbered` selects of each staged table: `seq`, and whether its chunk is `odd`."""
    every = " UNION ALL ".join(
        f"SELECT '{table}', chunk, min(seq), max(seq), bool_or(odd) FROM (SELECT chunk, {of_it}) "
        "GROUP BY chunk"
        for table, of_it in numbered.items()
    )
    ranges: dict[int, dict[str, tuple[int, int]]] = {}
    odd: set[tuple[str, int]] = set()
    for table, chunk, low, high, is_odd in scratch.rows(every):
        ranges.setdefault(chunk, {})[table] = (low, high)
        if is_odd:
            odd.add((table, chunk))
    for one in ranges.values():
        if "st_root" in one:
            one["st_best"] = one["st_root"]
    return [
        Chunk(one, ranges[one], ("st_root", one) in odd, ("st_claim", one) in odd) for one in sorted(ranges)
    ]


def _last_chunk(scratch: Scratch) -> int:
    """The number after the last chunk that has people."""
    return int(scratch.one("SELECT coalesce(max(chunk), -1) + 1 FROM root"))


def _roots(shape: Shape, filled: set[str]) -> Staging:
    """People with the profile of their newest row. What an order says in its note is not about the person."""
    about_people = shape.importer.record == "customer"
    ways = {
        one: f"r.{name(one)}"
        for one, kind in TABLES["st_root"].items()
        if one in COLUMNS and one in filled and kind == _TEXT
    }
    ways["nickname"] = "coalesce(r.nickname, CASE WHEN r.name IS NULL THEN r.buyer_ref_shown END)"
    if not about_people:
        ways = {one: way for one, way in ways.items() if one not in ("note", "extra")}
    texts = {one: f"CAST({way} AS VARCHAR)" for one, way in ways.items()}
    return Staging(
        {"seq": "p.root", **_of("p", "chunk n_rows seen"), **texts},
        "FROM rows r JOIN root p ON r.seq = p.newest",
    )


def _of(alias: str, columns: str) -> dict[str, str]:
    return {column: f"{alias}.{name(column)}" for column in columns.split()}


_BEST = Staging(
    {
        "seq": "p.root",
        "chunk": "p.chunk",
        "strong": "CAST(p.strong AS BIGINT)",
        **_of("p", "kind namespace value"),
    },
    "FROM root p",
)
_CLAIMED = Staging(_of("c", " ".join(TABLES["st_claim"])), "FROM claims c")
# What somebody gave that may lead to somebody else.
_DOUBTS = "shared = 1 OR (kind = 'buyer' AND mask_key IS NOT NULL) AS odd"


def _claims() -> str:
    shown = (
        "CASE c.kind WHEN 'buyer' THEN r.buyer_ref_shown WHEN 'email' THEN r.email_shown "
        "WHEN 'phone' THEN r.phone_shown ELSE r.name || ' ' || r.address END"
    )
    return f"""
        SELECT row_number() OVER () AS seq, * FROM (
            SELECT p.chunk, c.root, CAST(c.strong AS BIGINT) AS strong, CAST(c.shared AS BIGINT) AS shared,
                CAST(c.is_best AS BIGINT) AS is_best, c.kind, c.namespace, c.value, coalesce({shown}, c.value)
                    AS shown,
                CASE WHEN c.kind = 'phone' THEN nullif(regexp_extract(c.value, '[0-9]{{4}}$'), '') END
                    AS tail,
                CASE WHEN NOT c.strong AND NOT c.shared AND c.kind <> 'name_address' THEN
                    regexp_extract(c.value, '^[^*＊•●×]*') || '*'
                    || regexp_extract(c.value, '[^*＊•●×]*$') END AS mask_key
            FROM claim c JOIN root p ON p.root = c.root JOIN rows r ON r.seq = c.seq
            ORDER BY c.root, c.kind, c.namespace, c.value
        )
    """


def _place(scratch: Scratch, told: Told, records: Records) -> None:
    """`placed`: orders and refunds numbered within their kind; those of nobody come last."""
    # In two steps: there may not be room for both joins at once.
    found = scratch.step(
        "found",
        "SELECT g.seq AS src, g.number, g.is_refund, w.root, w.seen "
        f"FROM {records.gathered} g JOIN who w ON w.seq = g.seq",
        at_once=told.few,
    )
    chunk = "p.chunk"
    if told.nobody:
        nth = "row_number() OVER (PARTITION BY f.root IS NULL ORDER BY f.src)"
        chunk = f"coalesce(p.chunk, {_last_chunk(scratch)} + ({nth} - 1) // {_NOBODY})"
    scratch.run(
        "CREATE OR REPLACE TABLE placed AS "
        "SELECT *, row_number() OVER (PARTITION BY is_refund ORDER BY chunk, root, seen, number) AS seq FROM "
        f"(SELECT f.*, {chunk} AS chunk FROM {found} f LEFT JOIN root p ON p.root = f.root)"
    )
    scratch.forget(found)


def _sales(shape: Shape, records: Records, filled: set[str]) -> dict[str, Staging]:
    texts = {one for one, kind in TABLES["st_order"].items() if kind == _TEXT and one != "status"}
    left_out = {"seq", "chunk", "root"} | ((texts & {*COLUMNS}) - filled)
    if not shape.has_lines:
        left_out.add("lines_hash")
    of_order = " ".join(one for one in TABLES["st_order"] if one not in left_out)
    placed, joined = _of("n", "seq chunk root"), f"FROM {records.whole} o JOIN placed n ON o.seq = n.src"
    back = {
        "n_rows": "o.n_rows",
        "at": "o.placed_at",
        "amount": "o.went_back",
        **_of("o", "number currency"),
        "reason": "o.status_reason",
    }
    return {
        "st_order": Staging(placed | _of("o", of_order), f"{joined} WHERE NOT n.is_refund"),
        "st_refund": Staging(placed | back, f"{joined} WHERE n.is_refund"),
    }


def _goods(scratch: Scratch, shape: Shape, told: Told, lines: str) -> dict[str, Staging]:
    """Lines, and the products among them."""
    codes = ", ".join(literal(code.lower()) for code in shape.importer.not_goods) or "''"
    found = scratch.step(
        "found_lines",
        "SELECT l.seq AS src, s.chunk, s.seq AS order_seq "
        f"FROM {lines} l JOIN placed s ON s.number = l.number AND NOT s.is_refund",
        at_once=told.few,
    )
    scratch.run(
        "CREATE OR REPLACE TABLE placed_lines AS "
        "SELECT *, row_number() OVER (PARTITION BY order_seq ORDER BY seq) AS position FROM "
        f"(SELECT *, row_number() OVER () AS seq FROM (SELECT * FROM {found} ORDER BY order_seq, src))"
    )
    scratch.forget(found)
    is_goods = f"l.sku IS NOT NULL AND lower(l.sku) NOT IN ({codes})"
    scratch.run(
        "CREATE OR REPLACE TABLE goods AS "
        "SELECT row_number() OVER (ORDER BY sku) AS seq, CAST(0 AS INTEGER) AS chunk, * FROM ("
        "SELECT l.sku, arg_max(l.title, l.seq) AS title, arg_max(l.category, l.seq) AS category "
        f"FROM {lines} l WHERE {is_goods} GROUP BY l.sku)"
    )
    more = "CAST(CASE WHEN l.line_ref IS NOT NULL THEN json_object('line_ref', l.line_ref) END AS VARCHAR)"
    columns = {
        **_of("n", "seq chunk order_seq position"),
        **_of("l", "quantity unit_price total"),
        "is_goods": f"CAST({is_goods} AS BIGINT)",
        **_of("l", "sku title category"),
        "extra": more,
    }
    return {
        "st_line": Staging(columns, f"FROM {lines} l JOIN placed_lines n ON l.seq = n.src"),
        "st_product": Staging(_of("g", "seq chunk sku title category"), "FROM goods g"),
    }


def _placed_visits(last: int) -> str:
    return (
        'SELECT *, row_number() OVER (ORDER BY chunk, root, "at", src) AS seq FROM ('
        f'SELECT r.seq AS src, coalesce(g.chunk, {last}) AS chunk, w.root, r."at" '
        "FROM rows r JOIN who w ON w.seq = r.seq LEFT JOIN root g ON g.root = w.root WHERE r.problem IS NULL)"
    )


def _visits(shape: Shape, kind: str | None) -> Staging:
    kinds = "r.kind" if "kind" in shape.fields else "NULL"
    rating = "json_object('rating', CAST(r.rating AS INTEGER))"
    payload = f"CAST(json_merge_patch(coalesce(r.extra, '{{}}'), {rating}) AS VARCHAR)"
    columns = {
        **_of("n", "seq chunk root"),
        "n_rows": "1",
        **_of("r", "at due_at number"),
        "kind": f"coalesce({kinds}, {literal(kind or 'note')})",
        "text": "coalesce(r.text, '')",
        **_of("r", "state owner channel order_ref"),
        "payload": f"nullif({payload}, '{{}}')",
    }
    return Staging(columns, "FROM rows r JOIN placed n ON r.seq = n.src")
