"""The two tables that the shop keeps by hand, and the mapping files that make them importable.

Chat-group orders and the service log have a layout of the shop's own; their mappings are written next to them
and serve as examples for other tables.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from crmcore.demo import columns
from crmcore.demo.files_taobao import yuan
from crmcore.demo.orders import Order
from crmcore.demo.people import TAOBAO
from crmcore.demo.talks import Talk

GROUP_MAPPING = """\
# 微信群团购登记表 -> CRM：左边是我们的名字，右边是表里的列名。
# Orders taken in the chat group, one line an article; amounts of the order stand on each of its lines.
platform: wechat
record: order_line
title: {zh: 群团购登记, en: Chat group orders}
recognise: [单号, 微信昵称, 类目]
currency: CNY
time_zone: Asia/Shanghai
order_amounts: repeated
paid_amount: gross
statuses: {未付: unpaid, 已付: paid, 已发: shipped, 完成: completed, 取消: closed, 已退: closed}
columns:
  order_ref: 单号
  placed_at: 下单时间
  paid_at: 付款时间
  nickname: 微信昵称
  name: 姓名
  phone: 手机
  birthday: 生日
  province: 省
  city: 市
  address: 地址
  source_tag: 活动
  category: 类目
  sku: 货号
  title: 商品
  quantity: 数量
  unit_price: 单价
  order_total: 订单金额
  paid_total: 实付
  refund_total: 退款
  status: 状态
  note: 备注
"""

LOG_MAPPING = """\
# 客服记录 -> CRM 的互动。类型写 chat、inquiry、review、complaint；状态用 CRM 的词。
# The service log. Buyers are known by their Taobao nickname, hence the platform.
platform: taobao
record: interaction
title: {zh: 客服记录, en: Service log}
recognise: [记录号, 旺旺名, 跟进时间]
time_zone: Asia/Shanghai
key: [line_ref]
columns:
  line_ref: 记录号
  at: 时间
  kind: 类型
  channel: 渠道
  buyer_ref: 旺旺名
  email: 邮箱
  phone: 手机
  order_ref: 订单号
  extra.product: 商品
  text: 内容
  owner: 客服
  state: 状态
  due_at: 跟进时间
  rating: 评分
  extra.lost_reason: 流失原因
  extra.cause: 投诉原因
"""
_WORDS = {
    "unpaid": "未付",
    "paid": "已付",
    "shipped": "已发",
    "completed": "完成",
    "closed": "取消",
    "refunded": "已退",
}


def write_group_orders(folder: Path, orders: Sequence[Order], at: datetime) -> tuple[Path, Path]:
    """The chat group's order table (UTF-8 with BOM, as spreadsheets save it) and its mapping file."""
    path, mapping = folder / "group_orders.csv", folder / "group_orders.yaml"
    _write(path, columns.GROUP_ORDERS, (row for order in orders for row in _group_rows(order, at)))
    mapping.write_text(GROUP_MAPPING, encoding="utf-8", newline="\n")
    return path, mapping


def write_service_log(folder: Path, talks: Sequence[Talk]) -> tuple[Path, Path]:
    """The service log and its mapping file."""
    path, mapping = folder / "service_log.csv", folder / "service_log.yaml"
    _write(path, columns.SERVICE_LOG, (_log_row(talk) for talk in talks))
    mapping.write_text(LOG_MAPPING, encoding="utf-8", newline="\n")
    return path, mapping


def _group_rows(order: Order, at: datetime) -> Iterator[list[str]]:
    person, paid, refund = order.person, order.paid_at(at), order.refund_at(at)
    buyer = [""] * 7
    if person is not None:
        place = person.place
        buyer = [
            f"{person.nickname}@微信", person.name, person.phone, person.birthday,
            place.province, place.city, f"{person.district}{person.street}",
        ]  # fmt: skip
    for line in order.lines:
        product = line.product
        yield [
            order.number, _time(order.placed), _time(paid), *buyer, order.activity,
            product.category, product.sku, product.title, str(line.quantity), yuan(line.price),
            yuan(order.total), yuan(order.total if paid else 0), yuan(refund) if refund else "",
            _WORDS[order.state_at(at)], order.note,
        ]  # fmt: skip


def _log_row(talk: Talk) -> list[str]:
    known = dict([talk.known_by])
    nickname, email, phone = (known.get(way, "") for way in ("nickname", "email", "phone"))
    due = f"{talk.due:%Y-%m-%d %H:%M}" if talk.due else ""
    lost, cause = (talk.reason, "") if talk.kind == "inquiry" else ("", talk.reason)
    number = talk.order.number if talk.order and talk.order.platform == TAOBAO else ""
    return [
        talk.number, f"{talk.at:%Y-%m-%d %H:%M}", talk.kind, talk.channel, nickname, email, phone, number,
        talk.product, talk.text, talk.owner, talk.state, due, talk.rating, lost, cause,
    ]  # fmt: skip


def _write(path: Path, header: Sequence[str], rows: Iterator[list[str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(rows)


def _time(moment: datetime | None) -> str:
    # As a spreadsheet writes times: no leading zeros, no seconds.
    if moment is None:
        return ""
    return f"{moment.year}/{moment.month}/{moment.day} {moment.hour}:{moment.minute:02d}"
