"""The table of daily figures: what files and staff say of days, products and the market, not of customers."""

from __future__ import annotations

from sqlalchemy import Column, Identity, Table, UniqueConstraint

from crmcore.store.schema import Big, Text, metadata

# One row is what one source says of one thing on one day; `kind` is traffic, product or market. `day` is ISO
# text, empty where it holds for ever. `subject` is a site, a product code or a keyword, `part` and `place`
# what is within it (a creative and its position); all empty for the shop as a whole. `figures` is a JSON
# object: numbers as integers (money in minor units of `currency`), words as text.
daily_figures = Table(
    "daily_figures",
    metadata,
    Column("id", Big, Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("subject", Text, nullable=False, server_default=""),
    Column("part", Text, nullable=False, server_default=""),
    Column("place", Text, nullable=False, server_default=""),
    Column("currency", Text, nullable=False),
    Column("figures", Text, nullable=False),
    Column("created_by", Big, nullable=False),
    Column("changed_by", Big),
    UniqueConstraint("kind", "source", "day", "subject", "part", "place", name="daily_figures_key"),
    sqlite_autoincrement=True,
)
