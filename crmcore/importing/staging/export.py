"""The staged records leave for the shop's database: numbered tables that it can join with its own.

For a SQLite shop they are a file of their own (`stage.db`) that the shop's connection attaches; for PostgreSQL
they are copied into temporary tables. Every table has a `seq`; `chunks` says which run of it belongs to which
chunk of whole customers.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from crmcore.importing.staging.orders import Shape
from crmcore.importing.staging.rows import PROFILE, WORDS
from crmcore.importing.staging.scratch import Scratch, name

# Records without a person come last, this many a chunk.
_NOBODY = 4_000

_INT, _TEXT = "BIGINT", "TEXT"
TABLES: dict[str, dict[str, str]] = {
    "st_root": {
        **dict.fromkeys(("seq", "chunk", "n_rows", "seen", "strong"), _INT),
        **dict.fromkeys(("kind", "namespace", "value", *PROFILE, *(one for one in WORDS if one not in PROFILE)), _TEXT),
    },
    "st_claim": {
        **dict.fromkeys(("seq", "chunk", "root", "strong", "shared", "is_best"), _INT),
        **dict.fromkeys(("kind", "namespace", "value", "shown", "tail", "mask_key"), _TEXT),
    },
    "st_order": {
        **dict.fromkeys(
            ("seq", "chunk", "root", "n_rows", "placed_at", "paid_at", "closed_at", "refunded_at",
             "ordered_total", "paid_total", "refunded_total", "net_total"), _INT),
        **dict.fromkeys(
            ("number", "currency", "status", "status_text", "channel", "source_tag", "province", "city",
             "address", "note", "lines_hash", "extra"), _TEXT),
    },
    "st_line": {
        **dict.fromkeys(("seq", "chunk", "order_seq", "position", "quantity", "unit_price", "total", "is_goods"), _INT),
        **dict.fromkeys(("sku", "title", "category", "extra"), _TEXT),
    },
    "st_refund": {
        **dict.fromkeys(("seq", "chunk", "root", "n_rows", "at", "amount"), _INT),
        **dict.fromkeys(("number", "currency", "reason"), _TEXT),
    },
    "st_visit": {
        **dict.fromkeys(("seq", "chunk", "root", "n_rows", "at", "due_at"), _INT),
        **dict.fromkeys(("number", "kind", "text", "state", "owner", "channel", "order_ref", "payload"), _TEXT),
    },
    "st_product": {
        **dict.fromkeys(("seq", "chunk"), _INT),
        **dict.fromkeys(("sku", "title", "category"), _TEXT),
    },
}  # fmt: skip


@dataclass(frozen=True)
class Chunk:
    """One chunk of whole customers: for every staged table the first and last `seq` it holds."""

    number: int
    ranges: dict[str, tuple[int, int]]

    def range_of(self, table: str) -> tuple[int, int]:
        """First and last `seq`; (1, 0) when the chunk has none of them."""
        return self.ranges.get(table, (1, 0))


def build_tables(scratch: Scratch, shape: Shape, kind: str | None) -> list[Chunk]:
    """Make the `st_…` tables in the scratch database; returns the chunks in their order."""
    last = scratch.one("SELECT coalesce(max(chunk), -1) + 1 FROM root")
    goods = ", ".join(f"'{one}'" for one in (code.replace("'", "''").lower() for code in shape.importer.not_goods)) or "''"
    for statement in _statements(shape, kind, last, goods):
        scratch.run(statement)
    ranges: dict[int, dict[str, tuple[int, int]]] = {}
    for table in TABLES:
        for chunk, low, high in scratch.rows(f"SELECT chunk, min(seq), max(seq) FROM {table} GROUP BY chunk ORDER BY chunk"):
            ranges.setdefault(chunk, {})[table] = (low, high)
    return [Chunk(number, ranges[number]) for number in sorted(ranges)]


def _statements(shape: Shape, kind: str | None, last: int, goods: str) -> list[str]:
    words = ", ".join(name(one) for one in (*PROFILE, *(one for one in WORDS if one not in PROFILE)))
    made = [
        _table("st_root", f"SELECT root AS seq, chunk, n_rows, seen, CAST(strong AS BIGINT) AS strong, kind, namespace, value, {words} FROM root ORDER BY root"),
        _table("st_claim", "SELECT row_number() OVER () AS seq, r.chunk, c.* EXCLUDE (strong, shared, is_best), CAST(c.strong AS BIGINT) AS strong, CAST(shared AS BIGINT) AS shared, CAST(is_best AS BIGINT) AS is_best FROM (SELECT * FROM claim ORDER BY root, kind, namespace, value) c JOIN root r ON r.root = c.root ORDER BY c.root, c.kind, c.namespace, c.value"),
    ]
    if shape.importer.record in ("order", "order_line"):
        made += _sales(shape, last, goods)
    if shape.importer.record == "interaction":
        made.append(_visits(shape, kind, last))
    have = {one.split()[4] for one in made}
    return made + [f"CREATE OR REPLACE TABLE {table} ({_columns(table)})" for table in TABLES if table not in have]


def _table(table: str, select: str) -> str:
    return f"CREATE OR REPLACE TABLE {table} AS {select}"


def _columns(table: str) -> str:
    return ", ".join(f"{name(column)} {kind}" for column, kind in TABLES[table].items())


def _sales(shape: Shape, last: int, goods: str) -> list[str]:
    ordered = f"""
        SELECT o.*, w.root, coalesce(r.chunk, {last} + (row_number() OVER (PARTITION BY w.root IS NULL ORDER BY o.seq) - 1) // {_NOBODY}) AS chunk
        FROM o JOIN (SELECT number AS n, root FROM who) w ON w.n = o.number LEFT JOIN root r ON r.root = w.root
    """
    columns = ", ".join(name(one) for one in TABLES["st_order"] if one not in ("seq",))
    reasons = "status_reason"
    made = [
        f"CREATE OR REPLACE TEMP TABLE sales AS {ordered}",
        _table("st_order", f"SELECT row_number() OVER () AS seq, {columns} FROM (SELECT * FROM sales WHERE NOT is_refund ORDER BY chunk, root, placed_at, number)"),
        _table(
            "st_refund",
            f"SELECT row_number() OVER () AS seq, chunk, root, n_rows, placed_at AS at, went_back AS amount, number, currency, {reasons} AS reason "
            "FROM (SELECT * FROM sales WHERE is_refund ORDER BY chunk, root, placed_at, number)",
        ),
    ]
    if shape.has_lines:
        made += [
            _table(
                "st_line",
                "SELECT row_number() OVER () AS seq, * FROM (SELECT s.chunk, s.seq AS order_seq, "
                "row_number() OVER (PARTITION BY s.seq ORDER BY l.seq) AS position, l.quantity, l.unit_price, l.total, "
                f"CAST(l.sku IS NOT NULL AND lower(l.sku) NOT IN ({goods}) AS BIGINT) AS is_goods, l.sku, l.title, l.category, "
                "CAST(CASE WHEN l.line_ref IS NOT NULL THEN json_object('line_ref', l.line_ref) END AS VARCHAR) AS extra "
                "FROM l JOIN st_order s ON s.number = l.number ORDER BY s.seq, l.seq)",
            ),
            _table(
                "st_product",
                f"SELECT row_number() OVER () AS seq, CAST(0 AS INTEGER) AS chunk, * FROM (SELECT sku, arg_max(title, seq) AS title, "
                f"arg_max(category, seq) AS category FROM l WHERE sku IS NOT NULL AND lower(sku) NOT IN ({goods}) GROUP BY sku ORDER BY sku)",
            ),
        ]
    return made


def _visits(shape: Shape, kind: str | None, last: int) -> str:
    kinds = "r.kind" if "kind" in shape.fields else "NULL"
    fallback = (kind or "note").replace("'", "''")
    payload = "CAST(json_merge_patch(coalesce(r.extra, '{}'), json_object('rating', CAST(r.rating AS INTEGER))) AS VARCHAR)"
    return _table(
        "st_visit",
        f"""
        SELECT row_number() OVER () AS seq, * FROM (
            SELECT coalesce(g.chunk, {last}) AS chunk, w.root, 1 AS n_rows, r."at", r.due_at, r.number,
                coalesce({kinds}, '{fallback}') AS kind, coalesce(r.text, '') AS text, r.state, r.owner, r.channel, r.order_ref,
                nullif({payload}, '{{}}') AS payload
            FROM rows r JOIN who w ON w.number = r.number LEFT JOIN root g ON g.root = w.root
            WHERE r.problem IS NULL ORDER BY 1, w.root, r."at", r.seq)
        """,
    )


def to_sqlite(scratch: Scratch, path: Path) -> None:
    """Write the staged tables into a SQLite file of their own.

    DuckDB's SQLite extension does it where it can be loaded; it never sees the shop's own file, whose locks
    its second copy of SQLite would drop.
    """
    path.unlink(missing_ok=True)
    target = sqlite3.connect(path, isolation_level=None)
    try:
        target.execute("PRAGMA journal_mode = OFF")
        for table, columns in TABLES.items():
            listed = ", ".join(
                "seq INTEGER PRIMARY KEY" if column == "seq" else f"{name(column)} {kind}" for column, kind in columns.items()
            )
            target.execute(f"CREATE TABLE {table} ({listed})")
        if _load_extension(scratch):
            target.close()
            scratch.run(f"ATTACH '{str(path).replace(chr(39), chr(39) * 2)}' AS stage_file (TYPE sqlite)")
            for table in TABLES:
                listed = ", ".join(name(column) for column in TABLES[table])
                scratch.run(f"INSERT INTO stage_file.{table} ({listed}) SELECT {listed} FROM {table} ORDER BY seq")
            scratch.run("DETACH stage_file")
            return
        target.execute("PRAGMA synchronous = OFF")
        for table in TABLES:
            listed = ", ".join(name(column) for column in TABLES[table])
            marks = ", ".join("?" * len(TABLES[table]))
            target.execute("BEGIN")
            for rows in scratch.stream(f"SELECT {listed} FROM {table} ORDER BY seq"):
                target.executemany(f"INSERT INTO {table} ({listed}) VALUES ({marks})", rows)
            target.execute("COMMIT")
    finally:
        target.close()


def _load_extension(scratch: Scratch) -> bool:
    import duckdb
    import duckdb_extension_sqlite_scanner as wheel

    found = sorted(Path(wheel.__file__).parent.rglob("*.duckdb_extension"))
    if not found:
        return False
    try:
        scratch.connection.execute(f"LOAD '{str(found[-1]).replace(chr(39), chr(39) * 2)}'")
    except duckdb.Error:
        return False
    return True
