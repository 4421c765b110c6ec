"""Rows become orders and refunds (`o`) and their lines (`l`)."""

from __future__ import annotations

from dataclasses import dataclass

from crmcore.hooks.table_importer import TableImporter
from crmcore.importing.staging.rows import COLUMNS, TIMES, columns_of, minor_units, show_rows
from crmcore.importing.staging.scratch import Scratch, literal, name

# What tells rows apart when a file has no order numbers and the mapping declares no key.
_NOT_KEY = {"seq", "part", "rec", "problem", "status", *(f"{one}_utc" for one in TIMES)}
# What went back is no line; what is a line names its product.
_IS_LINE = (
    "coalesce(quantity >= 0, true) AND coalesce(line_total >= 0, true) "
    "AND (sku IS NOT NULL OR title IS NOT NULL)"
)
# Tells whether a newer export says anything new about an order's lines, whatever their order.
_LINE_HASH = (
    "CASE WHEN "
    + _IS_LINE
    + " THEN CAST(md5_number_lower(concat_ws(chr(31), coalesce(sku, ''), coalesce(title, ''), "
    "coalesce(category, ''), quantity, unit_price, line_total)) AS HUGEINT) END"
)


@dataclass(frozen=True)
class Shape:
    """What the files of one import can say about orders.

    `fields` are our names that any part fills. `provided` are the columns of `orders` that it may overwrite
    in an order that is already there.
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
        if self.importer.join is not None:
            return []  # what its orders cost and how far they got stands in the other file
        found: list[str] = [
            one
            for one in ("placed_at", "source_tag", "channel", "province", "city", "address", "note")
            if one in self.fields
        ]
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
        scratch.run("ALTER TABLE kept RENAME order_ref TO number")
        show_rows(scratch, shape.fields, {"number": "number", "order_ref": "number"})
        return
    present = columns_of(shape.fields)
    fields = [one for one in shape.importer.key if one in present] or [
        one for one in COLUMNS if one not in _NOT_KEY and one in present
    ]
    joined = ", ".join(f"coalesce(CAST({name(one)} AS VARCHAR), '')" for one in fields)
    key = f"md5(concat_ws(chr(31), {literal(record)}, {joined}))[1:16] || '-'"
    scratch.run(f"CREATE TABLE numbered AS SELECT *, {key} || '1' AS number FROM kept")
    scratch.run("DROP TABLE kept")
    scratch.run("ALTER TABLE numbered RENAME TO kept")
    scratch.run(
        "UPDATE kept SET number = number[:17] || again.nth FROM (SELECT seq, row_number() OVER "
        "(PARTITION BY part, number ORDER BY seq) AS nth FROM kept) again "
        "WHERE again.nth > 1 AND kept.seq = again.seq"
    )
    show_rows(scratch, shape.fields, {"number": "number"})


def complete(scratch: Scratch, currency: str, broken: list[str]) -> None:
    """Give every row of `kept` a currency, and set aside what cannot be used as it stands.

    See `_set_aside` for `broken`; rows without a currency get `currency` where their order has none either.
    """
    look = "count(*) - count(currency), count(problem), coalesce(max(part), 0)"
    poor, bad, last_part = scratch.rows(f"SELECT {look} FROM kept")[0]
    if poor:
        _fill_currencies(scratch, currency)
    if bad or broken:
        _set_aside(scratch, broken)
    if last_part:
        scratch.run(
            "UPDATE kept SET problem = 'again:' FROM (SELECT number AS n, max(part) AS p FROM rows "
            "WHERE problem IS NULL GROUP BY number) last WHERE problem IS NULL AND number = n AND part < p"
        )


def _fill_currencies(scratch: Scratch, currency: str) -> None:
    """Rows without a currency of their own have that of their order, else the importer's or the shop's."""
    scratch.run(
        "UPDATE kept SET currency = of_order.c FROM (SELECT number AS n, arg_min(currency, seq) AS c "
        "FROM kept WHERE currency IS NOT NULL GROUP BY number) of_order "
        "WHERE number = of_order.n AND currency IS NULL"
    )
    scratch.run("UPDATE kept SET currency = ? WHERE currency IS NULL", [currency])


def _set_aside(scratch: Scratch, broken: list[str]) -> None:
    """Set aside every row of an order of which one row cannot be used.

    An order's lines are replaced as a set: with one of them missing, the set would be wrong. `broken` are the
    numbers of orders with rows that could not even be read.
    """
    if broken:
        listed = ", ".join(f"({literal(one)})" for one in sorted(set(broken)))
        scratch.run(
            f"UPDATE kept SET problem = 'order:' WHERE problem IS NULL AND number IN (SELECT * FROM (VALUES "
            f"{listed}))"
        )
    scratch.run(
        "UPDATE kept SET problem = 'order:' WHERE problem IS NULL AND number IN "
        "(SELECT number FROM rows WHERE problem IS NOT NULL AND number IS NOT NULL)"
    )


@dataclass(frozen=True)
class Records:
    """Orders and refunds of the rows, as SQL to select from: wide rows are copied once, when they leave.

    `many`: some of them have several rows. `gathered`: numbers and amounts of each. `whole`: all that is
    known of each. `lines`: what was bought, None where the rows do not tell.
    """

    many: bool
    gathered: str
    whole: str
    lines: str | None


def build_orders(scratch: Scratch, shape: Shape) -> Records:
    """Make orders and refunds and, where the rows tell them, their lines.

    Only numbers are gathered by order number; everything else is read from the order's first row, where every
    layout has it.
    """
    many = bool(scratch.one("SELECT count(number) > count(DISTINCT number) FROM kept WHERE problem IS NULL"))
    gathered = _gathered(shape, many=many)
    if many:
        scratch.run(f"CREATE OR REPLACE TABLE gathered AS {gathered}")
    return Records(
        many,
        "gathered" if many else f"({gathered})",
        f"({_orders(shape, many=many)})",
        f"({_lines()})" if shape.has_lines else None,
    )


def _gathered(shape: Shape, *, many: bool) -> str:
    """For each number its first row, how many rows, and the amounts that stand in one or add up over all."""
    listed = ", ".join(f"{way} AS {column}" for column, way in _amounts(shape, many=many).items())
    first = "min(seq) AS seq" if many else "seq"
    group = "GROUP BY number" if many else ""
    return f"SELECT number, {first}, {listed} FROM rows WHERE problem IS NULL {group}"


def _amounts(shape: Shape, *, many: bool) -> dict[str, str]:
    fields = shape.fields

    def total(value: str) -> str:
        return f"sum({value})" if many else f"({value})"

    line = minor_units("coalesce(line_total, quantity * unit_price)" if shape.has_lines else "order_total")
    nothing_sold = "(line_total IS NULL AND order_total < 0 AND quantity IS NULL)"
    back = f"coalesce(quantity < 0 OR line_total < 0 OR {nothing_sold}, false)"
    if shape.importer.record == "order":
        back = "coalesce(order_total < 0 OR quantity < 0, false)"
        line = minor_units("order_total") if "order_total" in fields else line
    columns = {}
    for column in ("order_total", "paid_total", "refund_total"):
        amount = minor_units(column)
        adds_up = many and shape.importer.order_amounts == "per_line"
        columns[f"the_{column}"] = (
            f"sum({amount})" if adds_up else f"arg_min({amount}, seq)" if many else amount
        )
    columns |= {
        "n_rows": "count(*)" if many else "1",
        "sold": total(f"CASE WHEN NOT {back} THEN {line} END"),
        "went_back": f"coalesce({total(f'CASE WHEN {back} THEN abs({line}) END')}, 0)",
        "is_refund": f"bool_and({back})" if many else back,
        "lines_hash": f"CAST({total(_LINE_HASH)} AS VARCHAR)" if shape.has_lines else "CAST(NULL AS VARCHAR)",
    }
    return columns


def _orders(shape: Shape, *, many: bool) -> str:
    """The meaning worked out: state, dates, what was paid, what went back, what remains."""
    fields = shape.fields
    paid_states = "status IN ('paid', 'shipped', 'completed', 'refunded')"
    if not shape.tells_payment:
        paid_at = "coalesce(paid_at, placed_at)"
    elif "status" in fields:
        paid_at = f"coalesce(paid_at, CASE WHEN {paid_states} THEN placed_at END)"
    else:
        paid_at = "paid_at"
    known_refund = "coalesce(the_refund_total, 0) + (CASE WHEN is_refund THEN 0 ELSE went_back END)"
    # A platform's "refunded" without an amount means the whole order.
    refunded = (
        f"CASE WHEN status = 'refunded' AND {known_refund} = 0 THEN coalesce(nullif(paid, 0), ordered_total) "
        f"ELSE {known_refund} END"
    )
    mode = shape.importer.paid_amount if "paid_total" in fields else "gross"
    net = {
        "gross": "paid - refunded",
        "net": "paid",
        "auto": "CASE WHEN refunded > 0 AND abs(paid + refunded - ordered_total) <= 1 THEN paid ELSE paid - "
        "refunded END",
    }[mode]
    # An order of one row has nothing to be gathered, and need not be joined with itself.
    each = ", ".join(f"{way} AS {column}" for column, way in _amounts(shape, many=False).items())
    source = (
        "SELECT r.*, g.* EXCLUDE (number, seq) FROM rows r JOIN gathered g ON g.seq = r.seq"
        if many
        else f"SELECT *, {each} FROM rows WHERE problem IS NULL"
    )
    return f"""
        WITH dated AS (
            SELECT * REPLACE ({paid_at} AS paid_at), coalesce(the_order_total, sold, 0) AS ordered_total
            FROM ({source})
        ), paid AS (
            SELECT *, CASE WHEN the_paid_total IS NOT NULL THEN the_paid_total WHEN paid_at IS NOT NULL THEN
                ordered_total ELSE 0 END AS paid
            FROM dated
        ), back AS (SELECT *, {refunded} AS refunded FROM paid)
        SELECT * REPLACE (
            CASE WHEN status IS NULL THEN CASE WHEN paid_at IS NOT NULL THEN 'paid' ELSE 'unpaid' END
                 WHEN status = 'refunded' THEN 'closed' ELSE status END AS status,
            CASE WHEN status IN ('closed', 'refunded') THEN coalesce(closed_at, paid_at, placed_at) ELSE
                closed_at END AS closed_at,
            CASE WHEN refunded > 0 THEN coalesce(refunded_at, closed_at, paid_at, placed_at) END AS
                refunded_at,
            paid AS paid_total),
            refunded AS refunded_total,
            CASE WHEN paid_at IS NULL AND {str(shape.tells_payment).lower()} THEN 0 ELSE greatest({net}, 0)
                END AS net_total
        FROM back
    """


def _lines() -> str:
    return f"""
        SELECT number, seq, sku, title, category, CAST(coalesce(quantity, 1) AS INTEGER) AS quantity,
            {minor_units("unit_price")} AS unit_price,
            {minor_units("coalesce(line_total, quantity * unit_price, unit_price)")} AS total, line_ref
        FROM rows WHERE problem IS NULL AND {_IS_LINE}
    """
