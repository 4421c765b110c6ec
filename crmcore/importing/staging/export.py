"""The staged records leave for the shop's database: numbered tables that it can join with its own.

For a SQLite shop they are a file of their own (`stage.db`) that the shop's connection attaches; for
PostgreSQL they are copied into temporary tables. Every table has a `seq`; `chunks` says which run of it
belongs to which chunk of whole customers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from crmcore import duck
from crmcore.importing.staging.orders import Shape
from crmcore.importing.staging.rows import COLUMNS, PROFILE, WORDS
from crmcore.importing.staging.scratch import Scratch, literal, name, told_plainly

# So many rows are sorted on their way to PostgreSQL; more might not find room in memory.
LONG = 150_000
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

# They are sorted when they leave: what needs most memory goes while there is most of it.
_WIDEST_FIRST = sorted(TABLES, key=lambda table: table != "st_order")


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


def build_tables(scratch: Scratch, shape: Shape, kind: str | None) -> list[Chunk]:
    """Make the staged records in the scratch database; returns the chunks in their order.

    Only narrow tables are sorted, to number the records. Most `st_…` are views: wide rows are put together
    when they leave, so that a file of any length fits. In their joins the narrow table stands on the right:
    that one is held in memory. A text that the files say nothing about is no column of its view: it would
    take part in sorting like any other.
    """
    filled = {*scratch.columns("kept")}
    last = scratch.one("SELECT coalesce(max(chunk), -1) + 1 FROM root")
    codes = [literal(code.lower()) for code in shape.importer.not_goods]
    made = {"st_root": _roots(shape, filled), "st_best": _BEST, "st_claim": "SELECT * FROM claims"}
    scratch.run(f"CREATE OR REPLACE TABLE claims AS {_claims()}")
    if shape.importer.record in ("order", "order_line"):
        nobody = bool(scratch.one("SELECT count(*) FROM (SELECT 1 FROM who WHERE root IS NULL LIMIT 1)"))
        # In two steps: there may not be room for both joins at once.
        scratch.run(
            "CREATE OR REPLACE TABLE found AS SELECT g.seq AS src, g.number, g.is_refund, w.root, w.seen "
            "FROM gathered g JOIN who w ON w.seq = g.seq"
        )
        scratch.run(f"CREATE OR REPLACE TABLE placed AS {_placed(last, nobody)}")
        scratch.run("DROP TABLE found")
        made |= _sales(shape, filled)
        if shape.has_lines:
            scratch.run(f"CREATE OR REPLACE TABLE found_lines AS {_FOUND_LINES}")
            scratch.run(f"CREATE OR REPLACE TABLE placed_lines AS {_PLACED_LINES}")
            scratch.run("DROP TABLE found_lines")
            made |= _goods(", ".join(codes) or "''")
    if shape.importer.record == "interaction":
        scratch.run(f"CREATE OR REPLACE TABLE placed AS {_placed_visits(last)}")
        made["st_visit"] = _visits(shape, kind)
    ranges: dict[int, dict[str, tuple[int, int]]] = {}
    for table in TABLES:
        if table not in made:
            scratch.run(f"CREATE OR REPLACE TABLE {table} ({_columns(table)})")
            continue
        scratch.run(f"CREATE OR REPLACE VIEW {table} AS {made[table]}")
        for chunk, low, high in scratch.rows(
            f"SELECT chunk, min(seq), max(seq) FROM {table} GROUP BY chunk ORDER BY chunk"
        ):
            ranges.setdefault(chunk, {})[table] = (low, high)
    scratch.keep_sides()
    weak = {chunk for (chunk,) in scratch.rows("SELECT DISTINCT chunk FROM root WHERE NOT strong")}
    pairs = "SELECT DISTINCT chunk FROM claims WHERE shared = 1 OR (kind = 'buyer' AND mask_key IS NOT NULL)"
    doubts = {chunk for (chunk,) in scratch.rows(pairs)}
    return [Chunk(one, ranges[one], one in weak, one in doubts) for one in sorted(ranges)]


def _roots(shape: Shape, filled: set[str]) -> str:
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
    listed = ", ".join(f"CAST({ways[one]} AS VARCHAR) AS {name(one)}" for one in ways)
    return (
        "SELECT p.root AS seq, p.chunk, p.n_rows, p.seen, "
        f"{listed} FROM rows r JOIN root p ON r.seq = p.newest"
    )


_BEST = "SELECT root AS seq, chunk, CAST(strong AS BIGINT) AS strong, kind, namespace, value FROM root"


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


def _columns(table: str) -> str:
    return ", ".join(f"{name(column)} {kind}" for column, kind in TABLES[table].items())


def _placed(last: int, nobody: bool) -> str:
    """Orders and refunds numbered within their kind; those of nobody come last."""
    nth = "row_number() OVER (PARTITION BY f.root IS NULL ORDER BY f.src)"
    chunk = f"coalesce(p.chunk, {last} + ({nth} - 1) // {_NOBODY})" if nobody else "p.chunk"
    return (
        "SELECT *, row_number() OVER (PARTITION BY is_refund ORDER BY chunk, root, seen, number) AS seq FROM "
        f"(SELECT f.*, {chunk} AS chunk FROM found f LEFT JOIN root p ON p.root = f.root)"
    )


def _sales(shape: Shape, filled: set[str]) -> dict[str, str]:
    texts = {one for one, kind in TABLES["st_order"].items() if kind == _TEXT and one != "status"}
    left_out = {"seq", "chunk", "root"} | ((texts & {*COLUMNS}) - filled)
    if not shape.has_lines:
        left_out.add("lines_hash")
    listed = ", ".join(f"o.{name(one)}" for one in TABLES["st_order"] if one not in left_out)
    joined = "FROM o JOIN placed n ON o.seq = n.src"
    return {
        "st_order": f"SELECT n.seq, n.chunk, n.root, {listed} {joined} WHERE NOT n.is_refund",
        "st_refund": (
            "SELECT n.seq, n.chunk, n.root, o.n_rows, o.placed_at AS at, o.went_back AS amount, o.number, "
            f"o.currency, o.status_reason AS reason {joined} WHERE n.is_refund"
        ),
    }


_FOUND_LINES = (
    "SELECT l.seq AS src, s.chunk, s.seq AS order_seq "
    "FROM l JOIN placed s ON s.number = l.number AND NOT s.is_refund"
)
_PLACED_LINES = (
    "SELECT *, row_number() OVER (PARTITION BY order_seq ORDER BY seq) AS position FROM "
    "(SELECT *, row_number() OVER () AS seq FROM (SELECT * FROM found_lines ORDER BY order_seq, src))"
)


def _goods(codes: str) -> dict[str, str]:
    """Lines, and the products among them; `codes` are those that are no goods."""
    is_goods = f"l.sku IS NOT NULL AND lower(l.sku) NOT IN ({codes})"
    return {
        "st_line": (
            "SELECT n.seq, n.chunk, n.order_seq, n.position, l.quantity, l.unit_price, l.total, "
            f"CAST({is_goods} AS BIGINT) AS is_goods, l.sku, l.title, l.category, "
            "CAST(CASE WHEN l.line_ref IS NOT NULL THEN json_object('line_ref', l.line_ref) END AS VARCHAR) "
            "AS extra "
            "FROM l JOIN placed_lines n ON l.seq = n.src"
        ),
        "st_product": (
            "SELECT row_number() OVER (ORDER BY sku) AS seq, CAST(0 AS INTEGER) AS chunk, * FROM ("
            "SELECT l.sku, arg_max(l.title, l.seq) AS title, arg_max(l.category, l.seq) AS category "
            f"FROM l WHERE {is_goods} GROUP BY l.sku)"
        ),
    }


def _placed_visits(last: int) -> str:
    return (
        'SELECT *, row_number() OVER (ORDER BY chunk, root, "at", src) AS seq FROM ('
        f'SELECT r.seq AS src, coalesce(g.chunk, {last}) AS chunk, w.root, r."at" '
        "FROM rows r JOIN who w ON w.seq = r.seq LEFT JOIN root g ON g.root = w.root WHERE r.problem IS NULL)"
    )


def _visits(shape: Shape, kind: str | None) -> str:
    kinds = "r.kind" if "kind" in shape.fields else "NULL"
    rating = "json_object('rating', CAST(r.rating AS INTEGER))"
    payload = f"CAST(json_merge_patch(coalesce(r.extra, '{{}}'), {rating}) AS VARCHAR)"
    return f"""
        SELECT n.seq, n.chunk, n.root, 1 AS n_rows, r."at", r.due_at, r.number,
            coalesce({kinds}, {literal(kind or "note")}) AS kind, coalesce(r.text, '') AS text, r.state,
            r.owner, r.channel, r.order_ref, nullif({payload}, '{{}}') AS payload
        FROM rows r JOIN placed n ON r.seq = n.src
    """


def leaving(scratch: Scratch, table: str) -> str:
    """The SELECT of a staged table: in the order of its `seq` where that needs little memory."""
    selected = _select(scratch, table)
    return selected if _is_long(scratch) else f"{selected} ORDER BY seq"


def leaving_columns(scratch: Scratch, table: str) -> list[str]:
    """The columns of that SELECT, quoted; the others of the table are empty."""
    there = {*scratch.columns(table)}
    return [name(column) for column in TABLES[table] if column in there]


def _select(scratch: Scratch, table: str) -> str:
    return f"SELECT {', '.join(leaving_columns(scratch, table))} FROM {table}"


def _is_long(scratch: Scratch) -> bool:
    return bool(scratch.one("SELECT count(*) FROM rows") > LONG)


def to_sqlite(scratch: Scratch, path: Path) -> None:
    """Write the staged tables into a SQLite file of their own, so that a chunk's rows lie side by side.

    DuckDB's SQLite extension does it where it can be loaded; it never sees the shop's own file, whose locks
    its second copy of SQLite would drop. Where it cannot sort a table (long notes, a million), rows come in
    the order of the file, and are found by an index.
    """
    with told_plainly(), closing(sqlite3.connect(path, isolation_level=None)) as target:
        target.execute("PRAGMA journal_mode = OFF")
        for table in TABLES:
            _create(target, table, "seq INTEGER PRIMARY KEY")
        scratch.make_room()
        if not duck.load_sqlite_reader(scratch.connection):
            _write_rows(scratch, target)
            return
        for table in _WIDEST_FIRST:
            with _attached(scratch, path):
                if scratch.run_if_room(f"{_into(scratch, table)} ORDER BY seq"):
                    continue
            target.execute(f"DROP TABLE {table}")
            _create(target, table, "seq INTEGER")
            with _attached(scratch, path):
                scratch.run(_into(scratch, table))
            target.execute(f"CREATE UNIQUE INDEX {table}_seq ON {table} (seq)")


def _create(target: sqlite3.Connection, table: str, key: str) -> None:
    listed = (key if one == "seq" else f"{name(one)} {kind}" for one, kind in TABLES[table].items())
    target.execute(f"CREATE TABLE {table} ({', '.join(listed)})")


@contextmanager
def _attached(scratch: Scratch, path: Path) -> Iterator[None]:
    scratch.run(f"ATTACH {literal(str(path))} AS stage_file (TYPE sqlite)")
    try:
        yield
    finally:
        scratch.run("DETACH stage_file")


def _into(scratch: Scratch, table: str) -> str:
    columns = ", ".join(leaving_columns(scratch, table))
    return f"INSERT INTO stage_file.{table} ({columns}) {_select(scratch, table)}"


def _write_rows(scratch: Scratch, target: sqlite3.Connection) -> None:
    target.execute("PRAGMA synchronous = OFF")
    for table in TABLES:
        columns = leaving_columns(scratch, table)
        listed, marks = ", ".join(columns), ", ".join("?" * len(columns))
        target.execute("BEGIN")
        for rows in scratch.stream(leaving(scratch, table)):
            target.executemany(f"INSERT INTO {table} ({listed}) VALUES ({marks})", rows)
        target.execute("COMMIT")
