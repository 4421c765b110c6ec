"""The tables. Instants are UTC seconds, money integer minor units, days ISO text, ids never used again.

`created_by` and `changed_by` point into `changes`; a record whose `changed_by` is empty has not been touched
since it was made. What cards hold can be worked out again from the other tables at any time.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy import Text as PlainText
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql.compiler import DDLCompiler

metadata = MetaData()
# Text compares by code point on both kinds of database; PostgreSQL has to be told.
Text = PlainText().with_variant(PlainText(collation="C"), "postgresql")
Big = BigInteger().with_variant(Integer, "sqlite")

# The MM-DD of a birthday, in the words of its index.
MONTH_AND_DAY = "substr(birthday, length(birthday) - 4)"


@compiles(CreateIndex)
def _create_index(statement: CreateIndex, compiler: DDLCompiler, **kw: Any) -> str:
    """An index of some rows only has its condition in `info`.

    SQLAlchemy's own way of saying it (`postgresql_where`) imports PostgreSQL's drivers whenever crm starts.
    """
    made: str = compiler.visit_create_index(statement, **kw)  # type: ignore[no-untyped-call]
    where = statement.element.info.get("where")
    return f"{made} WHERE {where}" if where else made


def id_column() -> Column[int]:
    """The id of a row: counted up, never used again."""
    return Column("id", Big, Identity(), primary_key=True)


def change_columns() -> list[Column[Any]]:
    """By which change a record was made, and by which it was changed last."""
    return [Column("created_by", Big, nullable=False), Column("changed_by", Big)]


def make_table(name: str, *columns: Column[Any] | Index | UniqueConstraint) -> Table:
    """A table whose ids are never used again, on SQLite either."""
    return Table(name, metadata, *columns, sqlite_autoincrement=True)


meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

changes = make_table(
    "changes",
    id_column(),
    Column("at", Big, nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", Text, nullable=False),  # edit import merge split log plugin settings undo erase
    Column("why", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="done"),  # done, undone; an undo: running, done
    Column("made", Text),  # JSON: table -> [first, last] id of the rows it made (others may lie between)
    Column("undoes", Big),  # the change that this one takes back
    Column("progress", Text),  # JSON: how far an undo in chunks has got
    Index("changes_running", "id", info={"where": "state = 'running'"}),
)

# The old values of what a change updated or deleted; what it made needs no row.
journal = make_table(
    "journal",
    id_column(),
    Column("change_id", Big, nullable=False, index=True),
    Column("table_name", Text, nullable=False),
    Column("row_id", Big, nullable=False),
    Column("op", Text, nullable=False),  # update, delete; insert too, for documents
    # JSON object of the columns' old values. Lines are replaced as a set: for `order_lines` the row id is
    # the order's, and this is the list of all its lines.
    Column("old", Text, nullable=False),
    Index("journal_row", "table_name", "row_id"),
)

customers = make_table(
    "customers",
    id_column(),
    Column("name", Text),
    Column("nickname", Text),
    Column("gender", Text),  # female, male
    Column("birthday", Text),  # YYYY-MM-DD, or --MM-DD where the year is unknown
    Column("country", Text),
    Column("province", Text),
    Column("city", Text),
    Column("address", Text),
    Column("note", Text),
    Column("extra", Text),  # JSON object of the shop's and the importers' own fields
    Column("at", Big),  # first seen
    Column("merged_into", Big),  # set while this record lives on inside another
    Column("contact_by", Text),  # the channel she wishes: sms, email, phone, or one gateway's name
    Column("filled", Text),  # JSON: empty field -> the merged customer whose value stands in for it
    *change_columns(),
    Index("customers_name", "name"),
    Index("customers_merged", "merged_into", info={"where": "merged_into IS NOT NULL"}),
    Index(
        "customers_birthday",
        text(MONTH_AND_DAY),
        info={"where": "birthday IS NOT NULL AND merged_into IS NULL"},
    ),
)

identities = make_table(
    "identities",
    id_column(),
    Column("customer_id", Big, nullable=False, index=True),  # the present owner
    Column("home_id", Big, nullable=False),  # the customer it came with: split moves it back there
    Column("kind", Text, nullable=False),
    Column("namespace", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("shown", Text, nullable=False),
    Column("strong", Boolean, nullable=False),
    Column("tail", Text),  # last four digits of a phone
    Column("mask_key", Text),
    *change_columns(),
    # A strong value has one owner; weak ones stand beside it, told apart by their ids. One index serves both
    # the look-ups and that rule, for an import spends most of its time on indexes.
    Index(
        "identities_value",
        "value",
        "kind",
        "namespace",
        text("(CASE WHEN strong THEN 0 ELSE id END)"),
        unique=True,
    ),
    Index("identities_tail", "tail", info={"where": "tail IS NOT NULL"}),
    Index("identities_mask", "mask_key", info={"where": "mask_key IS NOT NULL"}),
)

# Who was erased, for a backup that still knows her: which records, and when they were made, which tells them
# from others that have their numbers after a restore. Nothing of what they said.
erasures = make_table(
    "erasures",
    id_column(),
    Column("table_name", Text, nullable=False),  # customers, identities
    Column("row_id", Big, nullable=False),
    Column("made_at", Big, nullable=False),
    Column("created_by", Big, nullable=False),
    UniqueConstraint("table_name", "row_id", "made_at", name="erasures_record"),
)

# Two records that may be one person; a person decides.
candidates = make_table(
    "candidates",
    id_column(),
    Column("a_id", Big, nullable=False),  # the smaller id
    Column("b_id", Big, nullable=False, index=True),
    Column("reason", Text, nullable=False),  # phone, email, mask, name_address
    Column("state", Text, nullable=False, server_default="open"),  # open, merged, refused
    *change_columns(),
    UniqueConstraint("a_id", "b_id", name="candidates_pair"),
)

# Append-only: what a customer allowed or refused, with its proof.
consents = make_table(
    "consents",
    id_column(),
    Column("customer_id", Big, nullable=False, index=True),
    Column("identity_id", Big),
    Column("channel", Text, nullable=False),  # sms email phone … or *
    Column("purpose", Text, nullable=False),  # promotion service order
    Column("state", Text, nullable=False),  # granted, denied, claimed (said to be granted, without proof)
    Column("at", Big, nullable=False),
    Column("source", Text, nullable=False),
    Column("proof", Text),
    Column("reason", Text),
    *change_columns(),
)

products = make_table(
    "products",
    id_column(),
    Column("source", Text, nullable=False),
    Column("sku", Text, nullable=False),
    Column("title", Text),
    Column("category", Text),
    *change_columns(),
    UniqueConstraint("source", "sku", name="products_sku"),
)

orders = make_table(
    "orders",
    id_column(),
    Column("customer_id", Big, index=True),  # empty: nobody's, counted in sales all the same
    Column("identity_id", Big),  # the identity it came with, for ever
    Column("source", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("status", Text, nullable=False),  # records.order.OrderStatus
    Column("status_text", Text),  # the platform's own word
    Column("placed_at", Big),
    Column("paid_at", Big),  # empty: never paid
    Column("closed_at", Big),
    Column("refunded_at", Big),
    Column("ordered_total", Big, nullable=False, server_default="0"),
    Column("paid_total", Big, nullable=False, server_default="0"),  # as the platform reports it
    Column("refunded_total", Big, nullable=False, server_default="0"),
    Column("net_total", Big, nullable=False, server_default="0"),  # what the buyer paid in the end
    Column("channel", Text),
    Column("source_tag", Text),  # 聚划算, a campaign, a referrer
    Column("province", Text),
    Column("city", Text),
    Column("address", Text),
    Column("note", Text),
    Column("lines_hash", Text),  # to see whether a newer export says anything new about the lines
    Column("extra", Text),
    *change_columns(),
    UniqueConstraint("source", "number", name="orders_number"),
    Index("orders_unpaid", "placed_at", info={"where": "status = 'unpaid'"}),
)

order_lines = make_table(
    "order_lines",
    id_column(),
    Column("order_id", Big, nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("product_id", Big),
    Column("sku", Text),
    Column("title", Text),
    Column("category", Text),
    Column("quantity", Integer, nullable=False),
    Column("unit_price", Big),
    Column("total", Big),
    Column("extra", Text),
    Column("created_by", Big, nullable=False),
)

# Money that went back without a known order; what went back on an order stands on the order.
refunds = make_table(
    "refunds",
    id_column(),
    Column("customer_id", Big, index=True),
    Column("identity_id", Big),
    Column("source", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("at", Big),
    Column("amount", Big, nullable=False),
    Column("reason", Text),
    Column("lines_hash", Text),
    *change_columns(),
    UniqueConstraint("source", "number", name="refunds_number"),
)

interactions = make_table(
    "interactions",
    id_column(),
    Column("customer_id", Big, nullable=False, index=True),
    Column("identity_id", Big),
    Column("kind", Text, nullable=False),
    Column("at", Big, nullable=False),
    Column("text", Text, nullable=False),
    Column("state", Text),
    Column("state_at", Big),  # since when it is in that state, where that is known
    Column("due_at", Big),
    Column("owner", Text),
    Column("channel", Text),
    Column("order_id", Big),
    Column("source", Text),  # with number: where an importer brought it from
    Column("number", Text),
    Column("payload", Text),  # JSON object by the kind's own schema
    *change_columns(),
    UniqueConstraint("source", "number", name="interactions_number"),
    Index("interactions_order", "order_id", info={"where": "order_id IS NOT NULL"}),
    Index("interactions_due", "due_at", info={"where": "due_at IS NOT NULL"}),
    # What still asks for something: few among many, found by kind.
    Index(
        "interactions_state",
        "kind",
        "state",
        "due_at",
        "at",
        "owner",
        info={"where": "state IS NOT NULL"},
    ),
)

tags = make_table(
    "tags",
    id_column(),
    Column("customer_id", Big, nullable=False),
    Column("tag", Text, nullable=False),
    Column("merged_from", Big),  # the merged customer whose tag this repeats; her own stays with her
    Column("created_by", Big, nullable=False),
    UniqueConstraint("customer_id", "tag", name="tags_pair"),
    Index("tags_tag", "tag"),
)

documents = Table(
    "documents",
    metadata,
    Column("table_name", Text, primary_key=True),
    Column("doc_id", Big, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
)
document_tables = Table(
    "document_tables",
    metadata,
    Column("name", Text, primary_key=True),
    Column("next_id", Big, nullable=False),
)

imports = make_table(
    "imports",
    id_column(),
    Column("change_id", Big, nullable=False),
    Column("importer", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("files", Text, nullable=False),  # JSON: path, size, sha256 of each
    Column("options", Text, nullable=False),  # JSON: what it takes to do the same again
    Column("state", Text, nullable=False),  # running interrupted done failed undone
    Column("message", Text),
    Column("chunks", Integer, nullable=False, server_default="0"),
    Column("chunks_done", Integer, nullable=False, server_default="0"),
    Column("counts", Text, nullable=False, server_default="{}"),  # JSON: read new changed same rejected …
    Column("started_at", Big, nullable=False),
    Column("heartbeat_at", Big, nullable=False),
    Column("finished_at", Big),
    Column("process", Text, nullable=False),  # host:pid of who runs it
)

import_rejects = make_table(
    "import_rejects",
    id_column(),
    Column("import_id", Big, nullable=False, index=True),
    Column("file", Text, nullable=False),
    Column("sheet", Text),
    Column("line", Big, nullable=False),
    Column("reason", Text, nullable=False),
    Column("row", Text, nullable=False),  # JSON object: the file's own columns and values
)

# Customers whose Python facts are to be worked out again, and how far each such fact has got.
stale = Table(
    "stale",
    metadata,
    Column("customer_id", Big, primary_key=True, autoincrement=False),
    Column("since", Big, nullable=False),
)
plugin_facts = Table(
    "plugin_facts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("plugin", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("signature", Text, nullable=False),  # changes when the code or its settings do: back-fill again
    Column("filled_to", Big, nullable=False, server_default="0"),  # back-fill has reached this customer id
    Column("failed", Integer, nullable=False, server_default="0"),
    Column("refreshed_at", Big),
)

# Facts. Text lists hold their items between U+001F signs, sorted by code point.
cards = Table(
    "cards",
    metadata,
    Column("customer_id", Big, primary_key=True, autoincrement=False),
    Column("orders", Integer, nullable=False, server_default="0"),
    Column("last_order_at", Big),
    Column("total_spent", Big, nullable=False, server_default="0"),
    Column("average_order_value", Big),
    Column("first_order_at", Big),
    Column("order_gap_days", Integer),
    Column("order_days", Integer, nullable=False, server_default="0"),
    Column("orders_unpaid", Integer, nullable=False, server_default="0"),
    Column("orders_closed", Integer, nullable=False, server_default="0"),
    Column("orders_refunded", Integer, nullable=False, server_default="0"),
    Column("refunds_total", Big, nullable=False, server_default="0"),
    Column("inquiries", Integer, nullable=False, server_default="0"),
    Column("reviews_bad", Integer, nullable=False, server_default="0"),
    Column("complaints_open", Integer, nullable=False, server_default="0"),
    Column("promises_open", Integer, nullable=False, server_default="0"),
    Column("last_contact_at", Big),
    Column("birthday", Text),
    Column("country", Text),
    Column("province", Text),
    Column("city", Text),
    Column("platforms", Text),
    Column("sources", Text),
    Column("categories", Text),
    Column("tags", Text),
    Column("contact_by", Text),
)

# What search looks through: one folded text a customer (names, nicknames, handles, addresses, pinyin).
search_texts = Table(
    "search_texts",
    metadata,
    Column("customer_id", Big, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
)
