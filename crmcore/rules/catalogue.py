"""The facts core knows of a customer and the events rules can reach; plugins' facts join them.

The titles here are what staff see; `description` says in English what a fact counts. "Bought" is one
definition everywhere: paid (a free order too) and not refunded in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from crmcore.errors import RuleError
from crmcore.i18n import gettext as _
from crmcore.i18n import title_of
from crmcore.rules.around import Around
from crmcore.rules.fields import Field, Fields, FieldType, suggestion

_T = FieldType

CORE_FIELDS = (
    Field("customer_id", _T.INT, "客户编号", "Customer id"),
    Field("orders", _T.INT, "购买次数", "Orders", "orders bought"),
    Field("last_order_at", _T.INSTANT, "上次下单", "Last order", "when the newest bought order was placed"),
    Field("first_order_at", _T.INSTANT, "首次下单", "First order", "when the oldest bought order was placed"),
    Field("total_spent", _T.MONEY, "累计消费", "Total spent", "what bought orders brought in the end"),
    Field("average_order_value", _T.MONEY, "客单价", "Average order value", "total spent by orders bought"),
    Field(
        "order_gap_days", _T.INT, "购买间隔天数", "Days between orders", "median days between days of buying"
    ),
    Field("order_days", _T.INT, "购买天数", "Days with an order", "calendar days with a bought order"),
    Field("orders_unpaid", _T.INT, "未付款订单数", "Orders unpaid", "orders never paid and not closed"),
    Field("orders_closed", _T.INT, "关闭订单数", "Orders closed", "orders closed without payment"),
    Field("orders_refunded", _T.INT, "全额退款订单数", "Orders refunded", "orders refunded in full"),
    Field("refunds_total", _T.MONEY, "退款总额", "Refunds", "money that went back"),
    Field("inquiries", _T.INT, "咨询次数", "Inquiries", "inquiries, whatever became of them"),
    Field("reviews_bad", _T.INT, "差评数", "Bad reviews", "reviews at the lowest rating"),
    Field(
        "complaints_open", _T.INT, "未结投诉", "Open complaints", "complaints that still ask for something"
    ),
    Field("promises_open", _T.INT, "未兑现承诺", "Open promises", "promises not yet kept or dropped"),
    Field(
        "last_contact_at", _T.INSTANT, "上次联系", "Last contact", "the newest interaction that was a contact"
    ),
    Field(
        "birthday", _T.ANNIVERSARY, "生日", "Birthday", "29 February counts as 28 February in common years"
    ),
    Field("country", _T.TEXT, "国家", "Country"),
    Field("province", _T.TEXT, "省份", "Province"),
    Field("city", _T.TEXT, "城市", "City"),
    Field("platforms", _T.LIST, "平台", "Platforms", "platforms she has ordered on or is known from"),
    Field("sources", _T.LIST, "来源", "Sources", "source tags of her orders: 聚划算, a campaign, a referrer"),
    Field("categories", _T.LIST, "购买类目", "Categories bought", "categories of bought lines"),
    Field("tags", _T.LIST, "标签", "Tags"),
    Field(
        "contact_by", _T.TEXT, "希望的联系方式", "Wishes to hear by", "sms, email, phone, or a channel's name"
    ),
)

_ORDERS = (
    Field("at", _T.INSTANT, "下单时间", "Placed"),
    Field("paid_at", _T.INSTANT, "付款时间", "Paid"),
    Field("closed_at", _T.INSTANT, "关闭时间", "Closed"),
    Field("refunded_at", _T.INSTANT, "退款时间", "Refunded"),
    Field("bought", _T.BOOL, "算作购买", "Bought", "paid, and not refunded in full"),
    Field("refunded_in_full", _T.BOOL, "全额退款", "Refunded in full"),
    Field("number", _T.TEXT, "订单号", "Order number"),
    Field("status", _T.TEXT, "状态", "Status", "unpaid, paid, shipped, completed, closed"),
    Field("ordered_total", _T.MONEY, "订单金额", "Ordered total"),
    Field("paid_total", _T.MONEY, "付款金额", "Paid total"),
    Field("refunded_total", _T.MONEY, "退款金额", "Refunded total"),
    Field("net_total", _T.MONEY, "实收金额", "Net total"),
    Field("currency", _T.TEXT, "币种", "Currency"),
    Field("source", _T.TEXT, "来源店铺", "Source"),
    Field("channel", _T.TEXT, "渠道", "Channel"),
    Field("source_tag", _T.TEXT, "来源活动", "Source tag", "聚划算, a campaign, a referrer"),
    Field("province", _T.TEXT, "收货省份", "Province"),
    Field("city", _T.TEXT, "收货城市", "City"),
)
_LINES = (
    Field("at", _T.INSTANT, "下单时间", "Placed"),
    Field("paid_at", _T.INSTANT, "付款时间", "Paid"),
    Field("sku", _T.TEXT, "商品编码", "SKU"),
    Field("title", _T.TEXT, "商品名称", "Title"),
    Field("category", _T.TEXT, "类目", "Category"),
    Field("quantity", _T.INT, "数量", "Quantity"),
    Field("unit_price", _T.MONEY, "单价", "Unit price"),
    Field("total", _T.MONEY, "金额", "Total"),
    Field("currency", _T.TEXT, "币种", "Currency"),
    Field("source", _T.TEXT, "来源店铺", "Source"),
    Field("source_tag", _T.TEXT, "来源活动", "Source tag"),
)
_INTERACTIONS = (
    Field("at", _T.INSTANT, "时间", "Time"),
    Field("kind", _T.TEXT, "类型", "Kind"),
    Field("text", _T.TEXT, "内容", "Text"),
    Field("state", _T.TEXT, "状态", "State"),
    Field("state_at", _T.INSTANT, "状态时间", "In that state since", "when it came into its state"),
    Field("open", _T.BOOL, "待处理", "Open", "still asks for something"),
    Field("due_at", _T.INSTANT, "到期", "Due"),
    Field("owner", _T.TEXT, "负责人", "Owner"),
    Field("channel", _T.TEXT, "渠道", "Channel"),
    Field("rating", _T.INT, "评分", "Rating", "-1 bad, 0 middling, 1 good"),
)
_REFUNDS = (
    Field("at", _T.INSTANT, "退款时间", "Refunded"),
    Field("amount", _T.MONEY, "退款金额", "Amount"),
    Field("currency", _T.TEXT, "币种", "Currency"),
    Field("source", _T.TEXT, "来源店铺", "Source"),
)


@dataclass(frozen=True)
class Stream:
    """One sort of dated events of a customer, and what a rule may ask of each."""

    name: str
    zh: str
    en: str
    fields: Fields

    @property
    def title(self) -> str:
        """The title in the language in force."""
        return title_of(self.zh, self.en)


CORE_STREAMS = (
    Stream("orders", "订单", "Orders", Fields(_ORDERS, "orders")),
    Stream("lines", "购买的商品", "Lines bought", Fields(_LINES, "lines")),
    Stream("interactions", "互动", "Interactions", Fields(_INTERACTIONS, "interactions")),
    Stream("refunds", "退款", "Refunds", Fields(_REFUNDS, "refunds")),
)


class Catalogue(Fields):
    """Every fact of the card by name, with the event streams beside them.

    `orders` is a number of the card and a stream: comparing asks the number, `.any(rule)` the stream.
    """

    def __init__(
        self, fields: Iterable[Field], streams: Iterable[Stream], around: Around | None = None
    ) -> None:
        super().__init__(fields, "card")
        self.what = _("the card")
        around = around or Around()
        around.complete(self)
        around.complete_day(self)
        self.streams: Mapping[str, Stream] = MappingProxyType(
            {stream.name: _completed(stream, around) for stream in streams}
        )

    @classmethod
    def core(cls, extra: Iterable[Field] = (), around: Around | None = None) -> Catalogue:
        """What core knows, and the `extra` facts of plugins. `RuleError` when two have one name.

        `around` is what the shop knows beside its customers: the calendar, regions.
        """
        return cls((*CORE_FIELDS, *extra), CORE_STREAMS, around)

    def stream(self, name: str) -> Stream:
        """The stream of that name; `RuleError` with the nearest right name when there is none."""
        if found := self.streams.get(name):
            return found
        if name in self:
            raise RuleError(_("{name} is no list of events: compare it with a value").format(name=repr(name)))
        raise RuleError(
            _("there are no events called {name}{hint}").format(
                name=repr(name), hint=suggestion(name, self.streams)
            )
        )


def _completed(stream: Stream, around: Around) -> Stream:
    """The stream with what follows from its fields."""
    if not around:
        return stream
    fields = Fields(stream.fields.stored.values(), stream.fields.what)
    around.complete(fields)
    return replace(stream, fields=fields)
