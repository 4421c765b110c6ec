"""Shopify's exports: orders of every age and three generations of customers. All rows are made up."""

# ruff: noqa: SIM905 - declarations and tables, one line a row
from __future__ import annotations

import csv
from pathlib import Path

import pytest
from crm_importers.shopify import ShopifyOrders, crm_importers

from crmcore.importing.detect import detect
from tests.importers.helpers import fields_of

H2012 = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,"
    "Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,"
    "Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,Billing Name,"
    "Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,Billing Zip,Billing Province,Billing Country,"
    "Billing Phone,Shipping Name,Shipping Street,Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,"
    "Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at"
).split(",")
H2024 = [*H2012, *(
    "Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,"
    "Lineitem discount,Tax 1 Name,Tax 1 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID"
).split(",")]  # fmt: skip
FIRST = {
    "Name": "#1001", "Email": "ann@example.com", "Financial Status": "paid", "Paid at": "2024-01-01 11:13:25 -0500",
    "Fulfillment Status": "fulfilled", "Accepts Marketing": "yes", "Currency": "USD", "Total": "30.00", "Created at": "2024-01-01 11:13:20 -0500",
    "Lineitem quantity": "1", "Lineitem name": "Cream", "Lineitem price": "10.00", "Lineitem sku": "C1", "Billing Name": "Ann Lee",
    "Shipping Name": "Bob Ray", "Shipping Country": "US", "Shipping Province": "NY", "Shipping City": "New York", "Shipping Zip": "'10001",
    "Shipping Street": "1 Main St", "Billing Phone": "'+12125550100", "Notes": "leave at\n\nthe door", "Refunded Amount": "0.00", "Id": "5600",
}  # fmt: skip
SECOND = {
    "Name": "#1001",
    "Email": "ann@example.com",
    "Lineitem quantity": "2",
    "Lineitem name": "Soap",
    "Lineitem price": "10.00",
}


def csv_of(path: Path, header: list[str], *rows: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("header", [H2012, H2024], ids=["2012", "2024"])
def test_orders_with_several_items(tmp_path: Path, header: list[str]) -> None:
    path = csv_of(tmp_path / "orders_export.csv", header, FIRST, SECOND)
    (found,) = detect([path], crm_importers())
    assert found.importer.name == "shopify_orders"
    first, second = fields_of(path, found.importer, tmp_path / "w")
    assert (first["order_ref"], first["email"], first["name"], first["phone"]) == (
        "#1001",
        "ann@example.com",
        "Ann Lee",
        "+12125550100",
    )
    assert (first["currency"], first["order_total"], first["placed_at"]) == (
        "USD",
        "30.00",
        "2024-01-01 11:13:20 -0500",
    )
    assert (first["status"], first["consent.email"], first["province"]) == ("shipped", "yes", "NY")
    assert first["note"] == "leave at\n\nthe door"
    assert second == {
        "order_ref": "#1001",
        "email": "ann@example.com",
        "quantity": "2",
        "title": "Soap",
        "unit_price": "10.00",
    }


@pytest.mark.parametrize(
    ("money", "goods", "cancelled", "ours"),
    [
        ("pending", "unfulfilled", "", "unpaid"), ("authorized", "", "", "unpaid"), ("paid", "unfulfilled", "", "paid"),
        ("paid", "fulfilled", "", "shipped"), ("paid", "partial", "", "paid"), ("partially_refunded", "fulfilled", "", "shipped"),
        ("refunded", "fulfilled", "", "refunded"), ("refunded", "restocked", "2024-01-02 00:00:00 -0500", "refunded"),
        ("voided", "", "", "closed"), ("expired", "", "", "closed"), ("paid", "", "2024-01-02 00:00:00 -0500", "closed"),
        ("pending", "", "2024-01-02 00:00:00 -0500", "closed"), ("partially_paid", "", "", "paid"),
    ],
)  # fmt: skip
def test_one_status_from_three_columns(money: str, goods: str, cancelled: str, ours: str) -> None:
    importer = ShopifyOrders()
    assert (importer.status(money, goods, cancelled) or importer.statuses[money]) == ours


def test_another_systems_header_is_not_taken(tmp_path: Path) -> None:
    path = csv_of(tmp_path / "a.csv", ["Order ID", *H2012], {**FIRST, "Order ID": "1"})
    with pytest.raises(Exception, match="Order ID"):
        detect([path], crm_importers())


OLD = (
    "First Name,Last Name,Email,Accepts Email Marketing,Company,Address1,Address2,City,Province,Province Code,Country,Country Code,"
    "Zip,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Tags,Note,Tax Exempt"
).split(",")
NOW = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,"
    "Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,Default Address Zip,"
    "Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags"
).split(",")
PERSON = {
    "Customer ID": "'6100000000000", "First Name": "Ann", "Last Name": "Lee", "Email": "ann@example.com", "Accepts Email Marketing": "yes",
    "Accepts Marketing": "yes", "Accepts SMS Marketing": "no", "City": "New York", "Default Address City": "New York", "Country Code": "US",
    "Default Address Country Code": "US", "Phone": "'+12125550100", "Total Spent": "30.00", "Total Orders": "1", "Tags": "VIP, wholesale",
}  # fmt: skip


@pytest.mark.parametrize(
    "header",
    [[name.replace("Accepts Email", "Accepts") for name in OLD], OLD, ["Customer ID", *OLD], NOW],
    ids=["before 2022", "old", "with id", "now"],
)
def test_customers_of_every_generation(tmp_path: Path, header: list[str]) -> None:
    path = csv_of(tmp_path / "customers_export.csv", header, PERSON)
    (found,) = detect([path], crm_importers())
    assert found.importer.name == "shopify_customers"
    (got,) = fields_of(path, found.importer, tmp_path / "w")
    assert got.get("buyer_ref") == ("6100000000000" if "Customer ID" in header else None)
    assert (got["first_name"], got["last_name"], got["email"]) == ("Ann", "Lee", "ann@example.com")
    assert (got["consent.email"], got["consent.sms"]) == ("yes", "no")
    assert (got["city"], got["country"], got["phone"], got["tags"]) == (
        "New York",
        "US",
        "+12125550100",
        "VIP, wholesale",
    )
