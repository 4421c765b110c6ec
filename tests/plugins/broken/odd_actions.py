"""Actions that use the shop, well and badly."""

import time
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from crmcore import Action, CrmError, hookimpl


@dataclass(frozen=True)
class Thanks:
    segment: str
    days: int = 7


def thank(shop, parameters):
    """Thank the customers of a segment."""
    due = shop.today + timedelta(days=parameters.days)
    people = list(shop.customers(parameters.segment))
    ids = [shop.log(one.id, "note", f"thanked {one.name}", due=due) for one in people]
    spent = sum((Decimal(str(shop.facts(one.id)["total_spent"])) for one in people), Decimal(0))
    return {"thanked": ids, "spent": spent, "until": due}


def refuses(shop):
    shop.count("no_such_segment")


def recovers(shop):
    try:
        shop.count("no_such_segment")
    except CrmError as error:
        return str(error)


def sneaks(shop):
    return shop._ask("__class__", ())


def mistakes(shop):
    return shop.log("Mrs Wang", "note", None)


def waits(shop):
    time.sleep(60)


def returns_object(shop):
    return object()


@hookimpl
def crm_actions():
    return [
        Action("thank", thank, zh="感谢", en="Thank", parameters=Thanks),
        *(Action(one.__name__, one) for one in (refuses, recovers, sneaks, mistakes, waits, returns_object)),
    ]
