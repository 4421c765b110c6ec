"""The exports of the shop's own mall and of its overseas shop, both on Shopify.

The mall sells in yuan: a mall of one's own is set up in the currency of the people it serves, so its turnover
adds up with Taobao's. The overseas shop sells in dollars, which the CRM lists apart and never adds.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from crmcore.demo.columns import SHOPIFY_CUSTOMERS, SHOPIFY_ORDERS
from crmcore.demo.files_taobao import yuan
from crmcore.demo.goods import BRAND
from crmcore.demo.orders import Line, Order
from crmcore.demo.people import Person

_FINANCIAL = {"unpaid": "pending", "closed": "voided", "refunded": "refunded"}


def write_orders(path: Path, orders: Sequence[Order], at: datetime, hours: int) -> Path:
    """orders_export.csv, newest order first: a line an article, the order's fields on its first line only.

    `hours` is the offset of the shop's clock from UTC, which each time carries.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, SHOPIFY_ORDERS, restval="", lineterminator="\n")
        writer.writeheader()
        for order in reversed(orders):
            for row in _rows(order, at, hours):
                writer.writerow(row)
    return path


def write_customers(path: Path, people: Sequence[Person], orders: Sequence[Order], at: datetime) -> Path:
    """customers_export.csv of the mall: everybody with an account, those who never bought too."""
    spent: dict[int, list[int]] = {}
    for order in orders:
        if order.person and order.paid_at(at):
            spent.setdefault(order.person.index, []).append(order.total - order.refund_at(at))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, SHOPIFY_CUSTOMERS, restval="", lineterminator="\n")
        writer.writeheader()
        for person in people:
            writer.writerow(_account(person, spent.get(person.index, [])))
    return path


def _rows(order: Order, at: datetime, hours: int) -> Iterator[dict[str, str]]:
    state, paid, refund = order.state_at(at), order.paid_at(at), order.refund_at(at)
    shipped = order.happened("shipped", at)
    abroad = order.currency != "CNY"
    email = order.person.email if order.person else ""
    part = "partially_refunded" if refund else "paid"
    head = {
        "Financial Status": _FINANCIAL.get(state, part),
        "Paid at": _time(paid, hours),
        "Fulfillment Status": "fulfilled" if shipped else "unfulfilled",
        "Fulfilled at": _time(shipped, hours),
        "Accepts Marketing": "yes" if order.person and order.person.accepts_mail else "no",
        "Currency": order.currency,
        "Subtotal": yuan(order.goods),
        "Shipping": yuan(order.postage),
        "Taxes": "0.00",
        "Total": yuan(order.total),
        "Discount Code": "WELCOME10" if order.discount else "",
        "Discount Amount": yuan(order.discount),
        "Shipping Method": "Standard" if abroad else "演示快递",
        "Created at": _time(order.placed, hours),
        "Notes": order.note,
        "Cancelled at": _time(order.happened("closed", at), hours),
        "Payment Method": "Shopify Payments" if abroad else "Alipay",
        "Refunded Amount": yuan(refund),
        "Outstanding Balance": "0.00" if paid else yuan(order.total),
        "Id": f"{5_600_000_000_000 + int(order.number.lstrip('#')) * 7_919 + abroad:d}",
        "Tags": order.activity if not abroad else "",
        "Risk Level": "Low",
        "Source": "web",
    } | _address(order.person, abroad)
    for position, line in enumerate(order.lines):
        yield {
            "Name": order.number,
            "Email": email,
            "Lineitem quantity": str(line.quantity),
            "Lineitem name": _line_name(line, abroad),
            "Lineitem price": yuan(line.price),
            "Lineitem sku": line.product.sku,
            "Lineitem requires shipping": "true",
            "Lineitem taxable": "false",
            "Lineitem fulfillment status": "fulfilled" if shipped else "pending",
            "Lineitem discount": "0.00",
            "Vendor": "Jihe Demo" if abroad else BRAND,
        } | ({} if position else head)


def _line_name(line: Line, abroad: bool) -> str:
    if abroad:
        return line.product.english
    return f"{line.product.full_title} - {line.option.partition('：')[2]}"


def _address(person: Person | None, abroad: bool) -> dict[str, str]:
    if person is None:
        return {}
    place = person.place
    street = person.street if abroad else f"{person.district}{person.street}"
    fields = {
        "Name": person.name,
        "Street": street,
        "Address1": street,
        "City": place.city,
        "Zip": f"'{place.zip}",
        "Province": place.code,
        "Country": "US" if abroad else "CN",
        "Phone": person.phone if abroad else f"'{person.phone}",
        "Province Name": place.province,
    }
    return {f"{kind} {name}": value for kind in ("Billing", "Shipping") for name, value in fields.items()}


def _account(person: Person, spent: Sequence[int]) -> dict[str, str]:
    family = 2 if person.name.startswith(("欧阳", "上官")) else 1
    place = person.place
    return {
        "Customer ID": f"'{6_100_000_000_000 + person.index * 104_729}",
        "First Name": person.name[family:],
        "Last Name": person.name[:family],
        "Email": person.email,
        "Accepts Email Marketing": "yes" if person.accepts_mail else "no",
        "Address1": f"{person.district}{person.street}",
        "City": place.city,
        "Province": place.province,
        "Province Code": place.code,
        "Country": "China",
        "Country Code": "CN",
        "Zip": f"'{place.zip}",
        "Phone": f"'+86{person.phone}",
        "Accepts SMS Marketing": "yes" if person.index % 3 == 0 else "no",
        "Total Spent": yuan(sum(spent)),
        "Total Orders": str(len(spent)),
        "Tags": "敏感肌" if person.index % 9 == 0 else "",
        "Tax Exempt": "no",
    }


def _time(moment: datetime | None, hours: int) -> str:
    if moment is None:
        return ""
    local = moment + timedelta(hours=hours - 8)
    return f"{local:%Y-%m-%d %H:%M:%S} {'+' if hours >= 0 else '-'}{abs(hours):02d}00"
