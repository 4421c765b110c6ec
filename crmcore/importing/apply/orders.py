"""Orders with their lines, refunds and products: new ones, changed ones, and those that say nothing new."""

from __future__ import annotations

import sqlalchemy as sa

from crmcore.importing.apply.stage import Statements
from crmcore.importing.staging.export import Chunk
from crmcore.importing.staging.orders import Shape
from crmcore.records.order import RANK
from crmcore.store import schema
from crmcore.store.changes import journal_rows
from crmcore.store.database import Write, allocate_ids

_COPIED = (
    "number", "currency", "status", "status_text", "placed_at", "paid_at", "closed_at", "refunded_at",
    "ordered_total", "paid_total", "refunded_total", "net_total", "channel", "source_tag", "province", "city",
    "address", "note", "lines_hash", "extra",
)  # fmt: skip

# In seconds: a day, and what two readings of one day may lie apart.
_ANOTHER_DAY = 129_600


def _rank(column: str) -> str:
    return (
        f"CASE {column} "
        + " ".join(f"WHEN '{word}' THEN {rank}" for word, rank in RANK.items())
        + " ELSE 0 END"
    )


def apply_orders(sql: Statements, write: Write, chunk: Chunk, shape: Shape, *, alone: bool = False) -> None:
    """Bring the orders of the chunk into the shop; `seen` tells afterwards what became of each.

    `alone`: the shop holds nothing but what this import brought, and none of these.
    """
    low, high = chunk.range_of("st_order")
    if high < low:
        return
    if alone:
        sql.run(
            "INSERT INTO seen (seq, root, row_id, owner_id, action, with_lines, n_rows) "
            "SELECT seq, root, NULL, NULL, 'new', 1, n_rows FROM st_order WHERE seq BETWEEN :low AND :high",
            low=low,
            high=high,
        )
    else:
        _compare(sql, chunk, shape)
    _make(sql, write, chunk)
    _change(sql, write, shape)
    if shape.has_lines:
        _lines(sql, write, chunk)
    if alone:
        return  # its people are new, and touched
    sql.run(
        "UPDATE own SET touched = 1 WHERE touched = 0 AND root IN (SELECT root FROM seen WHERE action <> "
        "'same')"
    )


def _compare(sql: Statements, chunk: Chunk, shape: Shape) -> None:
    """Tell new orders from those that differ in anything the files speak about, and from the rest.

    An export older than what the shop holds (an earlier state, a smaller refund) says nothing new.
    """
    low, high = chunk.range_of("st_order")
    provided = shape.provided
    older = ["1 = 0"]
    if "status" in provided:
        older.append(f"{_rank('s.status')} < {_rank('e.status')}")
    if "refunded_total" in provided:
        older.append("s.refunded_total < e.refunded_total")
    differs = [sql.differ(f"coalesce(s.{one}, e.{one})", f"e.{one}") for one in provided]
    differs.append("(e.customer_id IS NULL AND o.customer_id IS NOT NULL)")
    # Another order by two of three: an export that unmasks its buyer, or a price that was agreed on, is none.
    others = ("o.customer_id <> e.customer_id", f"abs(s.placed_at - e.placed_at) > {_ANOTHER_DAY}",
              "s.ordered_total <> e.ordered_total")  # fmt: skip
    unlike = " + ".join(f"CASE WHEN {one} THEN 1 ELSE 0 END" for one in others)
    lines = (
        f"(s.lines_hash IS NOT NULL AND {sql.differ('s.lines_hash', 'e.lines_hash')})"
        if shape.has_lines
        else "1 = 0"
    )
    sql.run(
        f"""
        INSERT INTO seen (seq, root, row_id, owner_id, action, with_lines, n_rows, unlike)
        SELECT s.seq, s.root, e.id, e.customer_id,
            CASE WHEN e.id IS NULL THEN 'new' WHEN {" OR ".join(older)} THEN 'same'
                 WHEN {" OR ".join(differs)} OR {lines} THEN 'changed' ELSE 'same' END,
            CASE WHEN e.id IS NULL OR {lines} THEN 1 ELSE 0 END, s.n_rows,
            CASE WHEN {unlike} >= 2 THEN 1 ELSE 0 END
        FROM st_order s LEFT JOIN orders e ON e.source = :source AND e.number = s.number
        LEFT JOIN own o ON o.root = s.root WHERE s.seq BETWEEN :low AND :high
        """,
        low=low,
        high=high,
    )


def _make(sql: Statements, write: Write, chunk: Chunk) -> None:
    new = int(sql.value("SELECT count(*) FROM seen WHERE action = 'new'"))
    if not new:
        return
    low, high = chunk.range_of("st_order")
    first = allocate_ids(write.connection, schema.orders, new)[0]
    write.made("orders", first, first + new - 1)
    if new == high - low + 1:  # the chunk has no other: it need not be counted through
        sql.run("UPDATE seen SET row_id = seq + :shift", shift=first - low)
    else:
        sql.run(
            "UPDATE seen SET row_id = :before + fresh.n FROM (SELECT seq AS s, row_number() OVER "
            "(ORDER BY seq) AS n FROM seen WHERE action = 'new') fresh WHERE seen.seq = fresh.s",
            before=first - 1,
        )
    sql.run(
        f"INSERT INTO orders (id, customer_id, identity_id, source, {', '.join(_COPIED)}, created_by) "
        f"SELECT n.row_id, o.customer_id, o.identity_id, :source, "
        f"{', '.join('s.' + one for one in _COPIED)}, :change "
        "FROM seen n JOIN st_order s ON s.seq = n.seq LEFT JOIN own o ON o.root = s.root WHERE n.action = "
        "'new' ORDER BY n.seq"  # as the ids are, and as `seen` lies: there is nothing to sort
    )


def _change(sql: Statements, write: Write, shape: Shape) -> None:
    if not sql.value("SELECT 1 FROM seen WHERE action = 'changed' LIMIT 1"):
        return
    changed = "IN (SELECT row_id FROM seen WHERE action = 'changed')"
    journal_rows(write, schema.orders, sa.text(f"orders.id {changed}"))
    sets = [f"{one} = coalesce(s.{one}, orders.{one})" for one in shape.provided]
    if shape.has_lines:
        sets.append("lines_hash = coalesce(s.lines_hash, orders.lines_hash)")
    # Nobody's order gets an owner when a file knows one; an owner stays.
    sets += [
        "identity_id = CASE WHEN orders.customer_id IS NULL THEN o.identity_id ELSE orders.identity_id END",
        "customer_id = coalesce(orders.customer_id, o.customer_id)",
        "changed_by = :change",
    ]
    sql.run(
        f"UPDATE orders SET {', '.join(sets)} FROM seen n JOIN st_order s ON s.seq = n.seq LEFT JOIN own o "
        f"ON o.root = s.root "
        "WHERE orders.id = n.row_id AND n.action = 'changed'"
    )
    write.touch(
        row[0]
        for row in sql.rows(
            "SELECT DISTINCT owner_id FROM seen WHERE action = 'changed' AND owner_id IS NOT NULL"
        )
    )


def _lines(sql: Statements, write: Write, chunk: Chunk) -> None:
    """An order's lines are replaced as a set."""
    low, high = chunk.range_of("st_line")
    replaced = "IN (SELECT row_id FROM seen WHERE action = 'changed' AND with_lines = 1)"
    if sql.value("SELECT 1 FROM seen WHERE action = 'changed' AND with_lines = 1 LIMIT 1"):
        journal_rows(write, schema.order_lines, sa.text(f"order_lines.order_id {replaced}"), "delete")
        sql.run(f"DELETE FROM order_lines WHERE order_id {replaced}")
    sql.run(
        """
        INSERT INTO order_lines (order_id, position, product_id, sku, title, category, quantity, unit_price,
            total, extra, created_by)
        SELECT n.row_id, l.position, p.id, l.sku, l.title, l.category, l.quantity, l.unit_price, l.total,
            l.extra, :change
        FROM st_line l JOIN seen n ON n.seq = l.order_seq
        LEFT JOIN products p ON l.is_goods = 1 AND p.source = :source AND p.sku = l.sku
        WHERE l.seq BETWEEN :low AND :high AND n.with_lines = 1 AND n.action <> 'same' ORDER BY l.seq
        """,
        low=low,
        high=high,
    )


def apply_products(sql: Statements, write: Write, chunk: Chunk) -> None:
    """Products the shop does not know yet; what it knows is filled in, not replaced."""
    low, high = chunk.range_of("st_product")
    if high < low:
        return
    sql.run(
        "INSERT INTO products (source, sku, title, category, created_by) SELECT :source, s.sku, s.title, "
        "s.category, :change "
        "FROM st_product s WHERE s.seq BETWEEN :low AND :high AND NOT EXISTS "
        "(SELECT 1 FROM products p WHERE p.source = :source AND p.sku = s.sku) ORDER BY s.seq",
        low=low,
        high=high,
    )
    poorer = (
        "products.source = :src AND products.id IN (SELECT p.id FROM products p JOIN st_product s ON s.sku = "
        "p.sku "
        "WHERE p.source = :src AND ((p.title IS NULL AND s.title IS NOT NULL) OR (p.category IS NULL AND "
        "s.category IS NOT NULL)))"
    )
    condition = sa.text(poorer).bindparams(src=sql.always["source"])
    if journal_rows(write, schema.products, condition, columns=["title", "category"]):
        sql.run(
            "UPDATE products SET title = coalesce(products.title, s.title), category = "
            "coalesce(products.category, s.category), "
            "changed_by = :change FROM st_product s WHERE products.source = :source AND products.sku = s.sku "
            "AND ((products.title IS NULL AND s.title IS NOT NULL) OR (products.category IS NULL AND "
            "s.category IS NOT NULL))"
        )


def apply_refunds(sql: Statements, write: Write, chunk: Chunk) -> None:
    """Money that went back without a known order. Their rows in `seen` are numbered below zero."""
    low, high = chunk.range_of("st_refund")
    if high < low:
        return
    sql.run(
        f"""
        INSERT INTO seen (seq, root, row_id, owner_id, action, with_lines, n_rows)
        SELECT -s.seq, s.root, e.id, e.customer_id, CASE WHEN e.id IS NULL THEN 'new'
            WHEN {sql.differ("s.amount", "e.amount")} OR {sql.differ("coalesce(s.at, e.at)", "e.at")}
                OR (e.customer_id IS NULL AND o.customer_id IS NOT NULL) THEN 'changed' ELSE 'same' END, 0,
                    s.n_rows
        FROM st_refund s LEFT JOIN refunds e ON e.source = :source AND e.number = s.number
        LEFT JOIN own o ON o.root = s.root WHERE s.seq BETWEEN :low AND :high
        """,
        low=low,
        high=high,
    )
    sql.run(
        "INSERT INTO refunds (customer_id, identity_id, source, number, currency, at, amount, reason, "
        "created_by) "
        "SELECT o.customer_id, o.identity_id, :source, s.number, s.currency, s.at, s.amount, s.reason, "
        ":change "
        "FROM st_refund s JOIN seen n ON n.seq = -s.seq AND n.action = 'new' LEFT JOIN own o ON o.root = "
        "s.root "
        "WHERE s.seq BETWEEN :low AND :high ORDER BY s.seq",
        low=low,
        high=high,
    )
    changed = sa.text("refunds.id IN (SELECT row_id FROM seen WHERE seq < 0 AND action = 'changed')")
    if journal_rows(write, schema.refunds, changed):
        sql.run(
            "UPDATE refunds SET amount = s.amount, at = coalesce(s.at, refunds.at), "
            "identity_id = CASE WHEN refunds.customer_id IS NULL THEN o.identity_id ELSE refunds.identity_id "
            "END, "
            "customer_id = coalesce(refunds.customer_id, o.customer_id), changed_by = :change "
            "FROM seen n JOIN st_refund s ON n.seq = -s.seq LEFT JOIN own o ON o.root = s.root "
            "WHERE refunds.id = n.row_id AND n.action = 'changed'"
        )
    sql.run(
        "UPDATE own SET touched = 1 WHERE touched = 0 AND root IN (SELECT root FROM seen WHERE seq < 0 AND "
        "action <> 'same')"
    )
