"""Shopify: orders_export.csv and customers_export.csv."""

# ruff: noqa: RUF012 - the attributes are a declaration, read and never changed
from __future__ import annotations

from crmcore import TableImporter, column, hookimpl

about = {"zh": "Shopify：orders_export.csv 和 customers_export.csv。"}

_NEVER_PAID = ("pending", "authorized", "unpaid")
_CALLED_OFF = ("voided", "expired")


class ShopifyOrders(TableImporter):
    """One line an item; the order's own fields stand on its first line only. 2012 to today."""

    platform, record = "shopify", "order_line"
    title = {"zh": "Shopify 订单", "en": "Shopify orders"}
    recognise = ["Name", "Financial Status", "Lineitem name", "Created at"]
    refuse = ["Order ID"]  # another shop system writes nearly the same header
    order_amounts, paid_amount = "first_line", "gross"
    statuses = {
        "pending": "unpaid",
        "authorized": "unpaid",
        "unpaid": "unpaid",
        "partially_paid": "paid",
        "paid": "paid",
        "partially_refunded": "paid",
        "refunded": "refunded",
        "voided": "closed",
        "expired": "closed",
    }
    columns = {
        "order_ref": "Name",
        "email": "Email",
        "phone": ["Phone", "Billing Phone", "Shipping Phone"],
        "name": ["Billing Name", "Shipping Name"],
        "country": ["Shipping Country", "Billing Country"],
        "province": [
            "Shipping Province Name",
            "Billing Province Name",
            "Shipping Province",
            "Billing Province",
        ],
        "city": ["Shipping City", "Billing City"],
        "address": ["Shipping Street", "Shipping Address1", "Billing Street", "Billing Address1"],
        "consent.email": "Accepts Marketing",
        "currency": "Currency",
        "placed_at": "Created at",
        "paid_at": "Paid at",
        "closed_at": "Cancelled at",
        "status": "Financial Status",
        "order_total": "Total",
        "refund_total": "Refunded Amount",
        "note": "Notes",
        "channel": "Source",
        "source_tag": "Tags",
        "sku": "Lineitem sku",
        "title": "Lineitem name",
        "quantity": "Lineitem quantity",
        "unit_price": "Lineitem price",
        "extra.shopify_id": "Id",
        "extra.discount_code": "Discount Code",
    }

    @column("Financial Status", "Fulfillment Status", "Cancelled at")
    def status(self, money: str, goods: str, cancelled: str) -> str | None:
        """One word from three: a cancelled order is closed whatever was paid; a paid one may be shipped."""
        money = money.lower()
        if money == "refunded":
            return "refunded"
        if cancelled or money in _CALLED_OFF:
            return "closed"
        if money in _NEVER_PAID:
            return "unpaid"
        return "shipped" if money and goods.lower() == "fulfilled" else None


class ShopifyCustomers(TableImporter):
    """Everybody with an account, buyers or not; three generations of the header."""

    platform, record = "shopify", "customer"
    title = {"zh": "Shopify 客户", "en": "Shopify customers"}
    recognise = ["First Name", "Last Name", "Email", "Total Spent", "Total Orders"]
    columns = {
        "buyer_ref": "Customer ID",
        "first_name": "First Name",
        "last_name": "Last Name",
        "email": "Email",
        "phone": ["Phone", "Default Address Phone"],
        "country": ["Country Code", "Default Address Country Code", "Country"],
        "province": ["Province", "Province Code", "Default Address Province Code"],
        "city": ["City", "Default Address City"],
        "address": ["Address1", "Default Address Address1"],
        "tags": "Tags",
        "note": "Note",
        "consent.email": ["Accepts Email Marketing", "Accepts Marketing"],
        "consent.sms": "Accepts SMS Marketing",
        # The platform's own sums: answers to check an import of the orders against.
        "extra.shopify_total_spent": "Total Spent",
        "extra.shopify_total_orders": "Total Orders",
    }


@hookimpl
def crm_importers() -> list[TableImporter]:
    """Orders and customers."""
    return [ShopifyOrders(), ShopifyCustomers()]
