"""The Taobao shop's exports: order list and item list, in the layouts of three generations.

A row says what was known when the export was made: what is on its way in one file is done in the next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from crmcore.demo import columns
from crmcore.demo.orders import Line, Order
from crmcore.demo.people import Person

SHOP_NAME = "霁禾美妆演示店"
_WORDS = {
    "unpaid": "等待买家付款",
    "paid": "买家已付款，等待卖家发货",
    "shipped": "卖家已发货，等待买家确认",
    "completed": "交易成功",
    "closed": "交易关闭",
    "refunded": "交易关闭",
}
_REASONS = {"closed": "买家未付款", "refunded": "退款"}
# The platform lends buyers its own numbers for some days; one number serves many, told apart by an extension.
_VIRTUAL = ("15400000001", "15400000002", "15400000003")


def write_csv_pair(
    folder: Path, orders: Sequence[Order], at: datetime, order_columns: Sequence[str]
) -> tuple[Path, Path]:
    """The order list and item list as CSV, exported at `at`, with names and numbers in full.

    GBK; every field in quotes but the order number and 特权订金订单id, which stand as `="…"`.
    """
    names = (
        folder / f"ExportOrderList{at:%Y%m%d%H%M}.csv",
        folder / f"ExportOrderDetailList{at:%Y%m%d%H%M}.csv",
    )
    with names[0].open("w", encoding="gbk", newline="") as file:
        file.write(_quoted(order_columns))
        for order in orders:
            row = order_row(order, at)
            file.write(_quoted([row.get(name, "") for name in order_columns], bare=_bare(order_columns)))
    with names[1].open("w", encoding="gbk", newline="") as file:
        file.write(_quoted(columns.TAOBAO_ITEMS))
        for order in orders:
            for line in order.lines:
                cells = [f'="{order.number}"', *_item(order, line, at).values()]
                file.write(_quoted(cells, bare=_bare(columns.TAOBAO_ITEMS)))
    return names


def write_masked_pair(folder: Path, orders: Sequence[Order], at: datetime) -> tuple[Path, Path]:
    """The same two lists as the platform hands them out since 2022: xlsx, people masked."""
    stamp = f"{at:%Y%m%d%H%M}"
    names = folder / f"ExportOrderList{stamp}.xlsx", folder / f"ExportOrderDetailList{stamp}.xlsx"
    order_rows = [_new_order_row(order, at) for order in orders]
    item_rows = [row for order in orders for row in _new_item_rows(order, at)]
    _write_sheet(
        names[0],
        columns.TAOBAO_ORDERS_2022,
        [[r.get(n, "") for n in columns.TAOBAO_ORDERS_2022] for r in order_rows],
        at,
    )
    _write_sheet(names[1], columns.TAOBAO_ITEMS_2022, item_rows, at)
    return names


def order_row(order: Order, at: datetime) -> dict[str, str]:
    """One line of the order list of 2018 to 2021; columns that stay empty are left out."""
    person, state, paid = _buyer(order), order.state_at(at), order.paid_at(at)
    refund = order.refund_at(at)
    pieces = sum(line.quantity for line in order.lines)
    shipped = order.happened("shipped", at)
    received = order.total - refund if paid else 0
    return {
        "订单编号": f'="{order.number}"',
        "买家会员名": person.nickname,
        "买家支付宝账号": person.phone if person.alipay_is_phone else person.email,
        "支付单号": _payment(order) if paid else "",
        "买家应付货款": yuan(order.goods),
        "买家应付邮费": yuan(order.postage),
        "买家支付积分": "0",
        "总金额": yuan(order.total),
        "返点积分": "0",
        # What counts in the end: it shrinks with a refund, to 0 when all of it went back.
        "买家实际支付金额": yuan(received),
        "买家实际支付积分": "0",
        "订单状态": _WORDS[state],
        "买家留言": order.note.replace("\n", "，"),
        "收货人姓名": person.name,
        "收货地址 ": person.address,
        "运送方式": "快递",
        "联系手机": f"'{person.phone}",
        "订单创建时间": _time(order.placed),
        "订单付款时间 ": _time(paid),
        "宝贝标题 ": "，".join(line.product.full_title for line in order.lines),
        "宝贝种类 ": str(len(order.lines)),
        "物流单号 ": f"No:75{order.number[1:13]}" if shipped else "",
        "物流公司": "演示快递" if shipped else "",
        "订单备注": f"来自{order.activity}" if order.activity else "",
        "宝贝总数量": str(pieces),
        "店铺Id": "0",
        "店铺名称": SHOP_NAME,
        "订单关闭原因": _REASONS.get(state, "订单未关闭"),
        "卖家服务费": "0",
        "买家服务费": "0元",
        "是否手机订单": "手机订单" if person.index % 5 else "",
        "特权订金订单id": '=""',
        "退款金额": yuan(refund),
        "确认收货时间": _time(order.happened("confirmed", at)),
        "打款商家金额": yuan(received if state == "completed" else 0),
        "主订单编号": order.number,
    }


def _item(order: Order, line: Line, at: datetime) -> dict[str, str]:
    product = line.product
    return {
        "标题": product.full_title,
        "价格": yuan(line.price),
        "购买数量": str(line.quantity),
        "外部系统编号": product.sku,
        "商品属性": line.option,
        "套餐信息": "NULL",
        "备注": "",
        "订单状态": _WORDS[order.state_at(at)],
        "商家编码": product.sku,
    }


def _new_order_row(order: Order, at: datetime) -> dict[str, str]:
    row = order_row(order, at)
    person = _buyer(order)
    virtual = person.index % 4 == 3
    number = int(order.number[-8:])
    row |= {
        "订单编号": order.number,
        "买家会员名": mask_nickname(person.nickname),
        "买家会员昵称": mask_nickname(person.nickname),
        "收货人姓名": person.name[0] + "**",
        "收货地址 ": f"{person.place.formal} {person.place.city} {person.district} ****",
        "联系手机": f"{_VIRTUAL[number % 3]}-{number % 10_000:04d}" if virtual else mask_phone(person.phone),
        "虚拟号过期时间": _time(order.placed.replace(hour=23, minute=59, second=59)) if virtual else "",
        "特权订金订单id": "",
        "发货时间": _time(order.happened("shipped", at)),
        "商家备忘": row["订单备注"],
    }
    return row


def _new_item_rows(order: Order, at: datetime) -> list[list[str]]:
    """The items, with the order's discount and refund spread over them; the last one takes the rest."""
    paid, refund = order.paid_at(at), order.refund_at(at)
    rows = []
    discount_left, refund_left = order.discount, refund
    for position, line in enumerate(order.lines, start=1):
        last = position == len(order.lines)
        share = line.total / sum(one.total for one in order.lines)
        discount = discount_left if last else int(order.discount * share)
        back = refund_left if last else int(refund * share)
        discount_left, refund_left = discount_left - discount, refund_left - back
        owed = line.total - discount
        number = f"{order.number[:-5]}{position}{order.number[-4:]}"
        rows.append([
            number, order.number, *_item(order, line, at).values(), _payment(order) if paid else "",
            yuan(owed), yuan(owed - back if paid else 0), "退款成功" if back else "没有申请退款", yuan(back),
            _time(order.placed), _time(paid),
        ])  # fmt: skip
    return rows


def mask_nickname(nickname: str) -> str:
    """The nickname as the platform shows it to shops: first and last sign, `小**7`."""
    return f"{nickname[0]}**{nickname[-1]}"


def mask_phone(phone: str) -> str:
    """The phone as the platform shows it to shops: `1******6198`."""
    return f"1******{phone[-4:]}"


def yuan(fen: int) -> str:
    """An amount in major units with two decimals, as the exports write it."""
    return f"{fen // 100}.{fen % 100:02d}"


def _payment(order: Order) -> str:
    return f"{int(order.number[1:12]) + 21:020d}"


def _buyer(order: Order) -> Person:
    assert order.person is not None, "the market place knows every buyer"
    return order.person


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""


def _bare(names: Sequence[str]) -> frozenset[int]:
    return frozenset(i for i, name in enumerate(names) if name in ("订单编号", "特权订金订单id"))


def _quoted(cells: Sequence[str], bare: frozenset[int] = frozenset()) -> str:
    quote: Callable[[str], str] = '"{}"'.format
    return ",".join(c if i in bare else quote(c.replace('"', '""')) for i, c in enumerate(cells)) + "\r\n"


def _write_sheet(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], at: datetime) -> None:
    import xlsxwriter

    # Every cell is text, numbers too: ids of 18 digits do not survive as numbers.
    workbook = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False, "strings_to_formulas": False})
    workbook.set_properties({"created": at})  # else the file would hold the moment it was made
    sheet = workbook.add_worksheet("Sheet1")
    for number, row in enumerate((header, *rows)):
        for column, cell in enumerate(row):
            if cell:
                sheet.write_string(number, column, cell)
    workbook.close()
