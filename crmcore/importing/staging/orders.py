"""Rows become orders and refunds (`o`) and their lines (`l`)."""

from __future__ import annotations

from dataclasses import dataclass

from crmcore.hooks.table_importer import TableImporter
from crmcore.importing.staging.rows import COLUMNS, PEOPLE, TIMES, WORDS, columns_of, minor_units
from crmcore.importing.staging.scratch import Scratch, literal, name

# What tells rows apart when a file has no order numbers and the mapping declares no key.
_NOT_KEY = {"seq", "part", "rec", "problem", "status", *(f"{one}_utc" for one in TIMES)}
_PERSON = (
    *(column for one in PEOPLE for column in (one, f"{one}_shown", f"{one}_mask")),
    "name_address", "nickname", "name", "country", "province", "city", "address", *WORDS,
)  # fmt: skip
_PLAIN = ("status_text", "status_reason", "source_tag", "channel", "note", "extra", "currency")
PERSON = _PERSON


@dataclass(frozen=True)
class Shape:
    """What the files of one import can say about orders.

    `fields` are our names that any part fills. `provided` are the columns of `orders` that it may overwrite in
    an order that is already there.
    """

    importer: TableImporter
    fields: frozenset[str]

    @property
    def has_lines(self) -> bool:
        """Whether the rows tell what was bought."""
        return self.importer.record == "order_line" or bool(self.fields & {"sku", "title"})

    @property
    def has_totals(self) -> bool:
        """Whether the rows tell what an order costs."""
        return bool(self.fields & {"order_total", "line_total", "unit_price"})

    @property
    def tells_payment(self) -> bool:
        """Whether the rows tell if an order was paid; a file that cannot is taken as paid."""
        return bool(self.fields & {"status", "paid_at"}) or self.importer.join is not None

    @property
    def provided(self) -> list[str]:
        """The columns of `orders` that these files speak about."""
        found = [one for one in ("placed_at", "source_tag", "channel", "province", "city", "address", "note") if one in self.fields]
        if self.fields & {"status", "paid_at"} or not self.tells_payment:
            found += ["status", "paid_at", "closed_at"]
        if "status" in self.fields:
            found.append("status_text")
        if self.has_totals:
            found.append("ordered_total")
        if "paid_total" in self.fields or (self.has_totals and "paid_at" in found):
            found.append("paid_total")
        if "refund_total" in self.fields or "quantity" in self.fields or self.has_totals:
            found += ["refunded_total", "refunded_at"]
        if "paid_total" in found:
            found.append("net_total")
        if any(one.startswith("extra.") for one in self.fields):
            found.append("extra")
        return found


def number_rows(scratch: Scratch, shape: Shape) -> None:
    """Give every row the `number` of its record: the order number, or a key made of what identifies the row.

    Equal keys of one part get an occurrence number, so that the same file gives the same numbers again.
    """
    record = shape.importer.record
    if "order_ref" in shape.fields and record != "interaction":
        scratch.run("ALTER TABLE kept ADD COLUMN number VARCHAR")
        scratch.run("UPDATE kept SET number = order_ref")
        scratch.widen("rows", "kept", COLUMNS)
        return
    present = columns_of(shape.fields)
    fields = [one for one in shape.importer.key if one in present] or [
        one for one in COLUMNS if one not in _NOT_KEY and one in present
    ]
    joined = ", ".join(f"coalesce(CAST({name(one)} AS VARCHAR), '')" for one in fields)
    scratch.run(
        f"CREATE OR REPLACE TABLE kept AS SELECT * EXCLUDE (h), h[1:16] || '-' || row_number() OVER (PARTITION BY part, h ORDER BY seq) "
        f"AS number FROM (SELECT *, md5(concat_ws(chr(31), {literal(record)}, {joined})) AS h FROM kept) ORDER BY seq"
    )
    scratch.widen("rows", "kept", COLUMNS)


def set_aside(scratch: Scratch, broken: list[str]) -> None:
    """Set aside every row of an order of which one row cannot be used, and what a later part says anew.

    An order's lines are replaced as a set: with one of them missing, the set would be wrong. `broken` are the
    numbers of orders with rows that could not even be read.
    """
    if broken:
        listed = ", ".join(f"({literal(one)})" for one in sorted(set(broken)))
        scratch.run(f"UPDATE kept SET problem = 'order:' WHERE problem IS NULL AND number IN (SELECT * FROM (VALUES {listed}))")
    scratch.run(
        "UPDATE kept SET problem = 'order:' WHERE problem IS NULL AND number IN "
        "(SELECT number FROM rows WHERE problem IS NOT NULL AND number IS NOT NULL)"
    )
    if (scratch.one("SELECT max(part) FROM rows") or 0) > 0:
        scratch.run(
            "UPDATE kept SET problem = 'again:' FROM (SELECT number AS n, max(part) AS p FROM rows "
            "WHERE problem IS NULL GROUP BY number) last WHERE problem IS NULL AND number = n AND part < p"
        )


def build_orders(scratch: Scratch, shape: Shape) -> None:
    """Make `o` (a row an order or a refund) and, where the rows tell it, `l` (a row a line)."""
    many = scratch.one("SELECT count(number) - count(DISTINCT number) FROM rows WHERE problem IS NULL") > 0
    scratch.run(_grouped(shape, many=many))
    scratch.run(_orders(shape))
    if shape.has_lines:
        _lines(scratch)
    scratch.widen("o", "made", {one: COLUMNS[one] for one in (*_PERSON, *_PLAIN)})


def _grouped(shape: Shape, *, many: bool) -> str:
    """One row a number, with the first filled cell of each field and the sums over its rows."""
    importer, fields = shape.importer, shape.fields

    def first(column: str) -> str:
        return f"arg_min({name(column)}, seq)" if many else name(column)

    def total(value: str) -> str:
        return f"sum({value})" if many else f"({value})"

    line = "coalesce(line_total, quantity * unit_price)" if shape.has_lines else "order_total"
    line = minor_units(line)
    back = "coalesce(quantity < 0 OR line_total < 0 OR (line_total IS NULL AND order_total < 0 AND quantity IS NULL), false)"
    if importer.record == "order":
        back = "coalesce(order_total < 0 OR quantity < 0, false)"
        line = minor_units("order_total") if "order_total" in fields else line
    present = set(columns_of(fields))
    columns = {column: first(column) for column in (*_PERSON, *_PLAIN, *TIMES) if column in present}
    needed = ("placed_at", "paid_at", "closed_at", "refunded_at")
    columns |= {column: "CAST(NULL AS BIGINT)" for column in needed if column not in present}
    for column in ("order_total", "paid_total", "refund_total"):
        amount = minor_units(column)
        if many and importer.order_amounts == "per_line":
            columns[column] = f"sum({amount})"
        else:
            columns[column] = f"arg_min({amount}, seq)" if many else amount
    columns |= {
        "status": first("status") if "status" in present else "CAST(NULL AS VARCHAR)",
        "seq": "min(seq)" if many else "seq",
        "n_rows": "count(*)" if many else "1",
        "sold": total(f"CASE WHEN NOT {back} THEN {line} END"),
        "went_back": f"coalesce({total(f'CASE WHEN {back} THEN abs({line}) END')}, 0)",
        "is_refund": f"bool_and({back})" if many else back,
    }
    listed = ", ".join(f"{way} AS {name(column)}" for column, way in columns.items())
    group = "GROUP BY number" if many else ""
    return f"CREATE OR REPLACE TEMP TABLE g AS SELECT number, {listed} FROM rows WHERE problem IS NULL {group}"


def _orders(shape: Shape) -> str:
    """`g` with the meaning worked out: state, dates, what was paid, what went back, what remains."""
    fields = shape.fields
    present = set(columns_of(fields))
    paid_states = "status IN ('paid', 'shipped', 'completed', 'refunded')"
    if not shape.tells_payment:
        paid_at = "coalesce(paid_at, placed_at)"
    elif "status" in fields:
        paid_at = f"coalesce(paid_at, CASE WHEN {paid_states} THEN placed_at END)"
    else:
        paid_at = "paid_at"
    ordered = "coalesce(order_total, sold, 0)"
    known_refund = "coalesce(refund_total, 0) + (CASE WHEN is_refund THEN 0 ELSE went_back END)"
    # A platform's "refunded" without an amount means the whole order.
    refunded = (
        f"CASE WHEN status = 'refunded' AND {known_refund} = 0 THEN coalesce(nullif(paid, 0), ordered_total) "
        f"ELSE {known_refund} END"
    )
    mode = shape.importer.paid_amount if "paid_total" in fields else "gross"
    net = {
        "gross": "paid - refunded",
        "net": "paid",
        "auto": "CASE WHEN refunded > 0 AND abs(paid + refunded - ordered_total) <= 1 THEN paid ELSE paid - refunded END",
    }[mode]
    return f"""
        CREATE OR REPLACE TABLE made AS
        WITH dated AS (SELECT * REPLACE ({paid_at} AS paid_at), {ordered} AS ordered_total FROM g),
        paid AS (
            SELECT *, CASE WHEN paid_total IS NOT NULL THEN paid_total WHEN paid_at IS NOT NULL THEN ordered_total ELSE 0 END AS paid
            FROM dated
        ),
        back AS (SELECT *, {refunded} AS refunded FROM paid)
        SELECT number, seq, n_rows, is_refund, went_back, {", ".join(name(one) for one in (*_PERSON, *_PLAIN) if one in present)},
            placed_at, paid_at,
            CASE WHEN status IS NULL THEN CASE WHEN paid_at IS NOT NULL THEN 'paid' ELSE 'unpaid' END
                 WHEN status = 'refunded' THEN 'closed' ELSE status END AS status,
            CASE WHEN status IN ('closed', 'refunded') THEN coalesce(closed_at, paid_at, placed_at) ELSE closed_at END AS closed_at,
            CASE WHEN refunded > 0 THEN coalesce(refunded_at, closed_at, paid_at, placed_at) END AS refunded_at,
            ordered_total, paid AS paid_total, refunded AS refunded_total,
            CASE WHEN paid_at IS NULL AND {str(shape.tells_payment).lower()} THEN 0 ELSE greatest({net}, 0) END AS net_total,
            CAST(NULL AS VARCHAR) AS lines_hash
        FROM back ORDER BY seq
    """


def _lines(scratch: Scratch) -> None:
    """`l`: the lines of orders, in the order of the file; and the hash that tells whether they changed."""
    scratch.run(
        f"""
        CREATE OR REPLACE TABLE l AS
        SELECT r.number, r.seq, r.sku, r.title, r.category, CAST(coalesce(r.quantity, 1) AS INTEGER) AS quantity,
            {minor_units("r.unit_price", "r.currency")} AS unit_price,
            {minor_units("coalesce(r.line_total, r.quantity * r.unit_price, r.unit_price)", "r.currency")} AS total,
            r.line_ref
        FROM rows r
        WHERE r.problem IS NULL AND coalesce(r.quantity >= 0, true) AND coalesce(r.line_total >= 0, true)
            AND (r.sku IS NOT NULL OR r.title IS NOT NULL)
        ORDER BY r.seq
        """
    )
    text = "concat_ws(chr(31), coalesce(sku, ''), coalesce(title, ''), coalesce(category, ''), quantity, coalesce(unit_price, 0), coalesce(total, 0))"
    scratch.run(
        f"""
        UPDATE made SET lines_hash = h.hash FROM (
            SELECT number AS n, md5(string_agg({text}, chr(30) ORDER BY {text})) AS hash FROM l GROUP BY number
        ) h WHERE made.number = h.n
        """
    )


