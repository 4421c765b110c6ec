"""A plugin that works: whatever the others do, its answers come."""

from dataclasses import dataclass
from typing import Annotated

from crmcore import (
    Action,
    CampaignKind,
    Column,
    Fact,
    Findings,
    History,
    InteractionKind,
    Page,
    Report,
    Screen,
    SegmentRule,
    Table,
    TableImporter,
    Tile,
    column,
    hookimpl,
    where,
)

__version__ = "1.2"


@dataclass(frozen=True)
class Settings:
    days: Annotated[int, "quiet for so many days"] = 30


class Good(TableImporter):
    platform, record = "good", "order"
    recognise = ["no", "paid"]
    columns = {"order_ref": "no", "paid_at": "paid"}

    @column("goods")
    def category(self, title: str) -> str | None:
        return title.upper() or None


def id_squared(history: History, power: int) -> int | None:
    return history.customer_id**power if history.customer_id else None


def count(shop, parameters):
    return {"segments": shop.segments(), "days": parameters.days}


@dataclass(frozen=True)
class Days:
    days: int = 7


@hookimpl
def crm_importers():
    return [Good()]


@hookimpl
def crm_segment_rules(settings):
    quiet = where("days_since_last_order") >= settings.days
    return [Fact(id_squared, settings={"power": 2}), SegmentRule("quiet", quiet, zh="安静", en="Quiet")]


@hookimpl
def crm_interaction_kinds():
    return [InteractionKind("visit", "到店", "Visit")]


@hookimpl
def crm_actions():
    return [Action("count", count, parameters=Days)]


def order_count(data):
    return Findings([Table("orders", [Column("orders", "int")], data.query("SELECT count(*) FROM orders"))])


@hookimpl
def crm_reports():
    return [Report("order_count", order_count)]


def segments(shop):
    return Page([{"zh": "分群", "en": "Segments"}], ["Name"], [[name] for name in shop.segments()])


@hookimpl
def crm_screens():
    return [Screen("segments", segments, zh="所有分群", en="All segments")]


@hookimpl
def crm_tiles():
    return [Tile("segments", lambda shop: str(len(shop.segments())), zh="分群数", en="Segments there are")]


@hookimpl
def crm_campaign_kinds():
    return [CampaignKind("thank_all", {"segment": "good_one"}, zh="道谢", en="Thanks", ask=("channels",))]
