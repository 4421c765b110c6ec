"""Made-up export files of any size, in Taobao's layout of 2017 (GBK, every field quoted)."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

HEADER = (
    "订单编号,买家会员名,买家支付宝账号,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,买家实际支付金额,买家实际支付积分,订单状态,"
    "买家留言,收货人姓名,收货地址 ,运送方式,联系电话 ,联系手机,订单创建时间,订单付款时间 ,宝贝标题 ,宝贝种类 ,物流单号 ,物流公司,订单备注,"
    "宝贝总数量,店铺Id,店铺名称,订单关闭原因,卖家服务费,买家服务费,发票抬头,是否手机订单,分阶段订单信息,特权订金订单id,是否上传合同照片,"
    "是否上传小票,是否代付,定金排名,修改后的sku,修改后的收货地址,异常信息,天猫卡券抵扣,集分宝抵扣,是否是O2O交易,退款金额,预约门店"
)
FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
GIVEN = "子轩雨涵浩然欣怡梓萱宇航诗琪伟芳娜秀英敏静丽强磊军洋勇艳杰涛明超兰霞平刚桂"
_PLACES = (
    "浙江省 杭州市 西湖区",
    "江苏省 南京市 玄武区",
    "广东省 深圳市 南山区",
    "四川省 成都市 武侯区",
    "山东省 青岛市 市北区",
)
_GOODS = ("精华", "面霜", "口红", "面膜", "洁面乳", "防晒霜", "眼霜", "粉底液")
_START = datetime(2025, 1, 1)


def order_file(path: Path, orders: int, customers: int, *, first_order: int = 0, seed: int = 1) -> Path:
    """Write `orders` orders of up to `customers` buyers; `first_order` moves the order numbers on."""
    chance = random.Random(seed)
    with path.open("w", encoding="gb18030", newline="") as file:
        file.write(HEADER + "\r\n")
        for number in range(first_order, first_order + orders):
            # The first orders bring every buyer once, as long as there are enough of them; then buyers return.
            who = number if number < customers else chance.randrange(customers)
            file.write(_order(chance, number, who, orders + first_order))
    return path


def _order(chance: random.Random, number: int, who: int, total: int) -> str:
    name = FAMILY[who % 20] + GIVEN[who // 20 % 32] + GIVEN[who // 640 % 32]
    phone = f"154{who:08d}"
    address = f"{_PLACES[who % 5]} 演示路{who % 997}号{who % 29}幢{who % 1501}室(310000)"
    placed = _START + timedelta(seconds=int(number / max(total, 1) * 500 * 86400))
    amount = chance.randrange(1000, 60000) / 100
    kind = chance.randrange(100)
    state, paid, refund, when, why = (
        "交易成功",
        amount,
        0.0,
        f"{placed + timedelta(minutes=3):%Y-%m-%d %H:%M:%S}",
        "订单未关闭",
    )
    if kind < 8:
        state, paid, when, why = "交易关闭", 0.0, "", "买家未付款"
    elif kind < 14:
        state, paid, refund, why = "交易关闭", 0.0, amount, "退款"
    goods = f"{chance.choice(_GOODS)} {chance.randrange(300)}号"
    cells = [
        f"buyer_{who}", f"b{who}@example.com", amount, "0.00", "0", amount, "0", paid, "0", state, "", name, address, "快递", "",
        f"'{phone}", f"{placed:%Y-%m-%d %H:%M:%S}", when, goods, "1", "No:123456", "演示快递", "", "1", "0", "演示店", why, "0",
        "0元", "", "手机订单",
    ]  # fmt: skip
    quoted = ",".join(f'"{cell}"' for cell in cells)
    rest = ",".join(['""'] * 10)
    return f'="{300_000_000_000_000_000 + number}",{quoted},"",="",{rest},"{refund}",""\r\n'
