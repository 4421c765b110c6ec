"""The columns of the platforms' exports, letter for letter, blanks at the end of names included.

Each list was taken from code that reads real exports and names every column; nothing here is anybody's data.
"""

from __future__ import annotations


def _names(text: str) -> tuple[str, ...]:
    """The names between commas; line breaks only make the list readable."""
    return tuple(text.replace("\n", "").split(","))


_TAOBAO_MONEY = """
买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,买家实际支付金额,买家实际支付积分,
订单状态,买家留言,收货人姓名,收货地址 ,运送方式,联系电话 ,联系手机,"""
_TAOBAO_REST = """
订单创建时间,订单付款时间 ,宝贝标题 ,宝贝种类 ,物流单号 ,物流公司,订单备注,宝贝总数量,店铺Id,店铺名称,
订单关闭原因,卖家服务费,买家服务费,发票抬头,是否手机订单,分阶段订单信息,特权订金订单id,是否上传合同照片,
是否上传小票,是否代付,定金排名,修改后的sku,修改后的收货地址,异常信息,天猫卡券抵扣,集分宝抵扣,是否是O2O交易,
新零售交易类型,新零售导购门店名称,新零售导购门店id,新零售发货门店名称,新零售发货门店id,退款金额,预约门店,
确认收货时间,打款商家金额,含应开票给个人的个人红包"""
_TAOBAO_2019 = ",是否信用购,体验期结束时间,前N有礼,配送类型,主订单编号"
_TAOBAO_2022 = """
,是否信用购,体验期结束时间,前N有礼,配送类型,直播返现状态,返现金额,延迟发货自动赔付金额,
新零售成交门店昵称,新零售成交门店id,新零售成交经销商id,预售订单,发货时间,商家备忘,主订单编号"""

# ExportOrderList of 2018: 56 columns; of 2019 to 2021: 61.
TAOBAO_ORDERS_2018 = _names(
    "订单编号,买家会员名,买家支付宝账号,支付单号,支付详情," + _TAOBAO_MONEY + _TAOBAO_REST
)
TAOBAO_ORDERS_2019 = (*TAOBAO_ORDERS_2018, *_names(_TAOBAO_2019)[1:])
# From 2022 on, 70 columns: the buyer's account is gone, names and numbers are masked.
TAOBAO_ORDERS_2022 = _names(
    f"订单编号,买家会员名,买家会员昵称,支付单号,支付详情,{_TAOBAO_MONEY}虚拟号过期时间,{_TAOBAO_REST}{_TAOBAO_2022}"
)
# ExportOrderDetailList (宝贝报表): 10 columns, and 18 from 2022 on.
TAOBAO_ITEMS = _names("订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码")
TAOBAO_ITEMS_2022 = _names("""
子订单编号,主订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码,支付单号,
买家应付货款,买家实际支付金额,退款状态,退款金额,订单创建时间,订单付款时间""")

# orders_export.csv since 2024: 79 columns.
SHOPIFY_ORDERS = _names("""
Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,
Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,
Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,
Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,
Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,
Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,
Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,
Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,
Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,
Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,
Payment Terms Name,Next Payment Due At,Payment References""")
# customers_export.csv, the generation with the customer's number in front: 21 columns.
SHOPIFY_CUSTOMERS = _names("""
Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Company,Address1,Address2,City,Province,
Province Code,Country,Country Code,Zip,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Tags,Note,
Tax Exempt""")

# The shop's own tables.
GROUP_ORDERS = _names("""
单号,下单时间,付款时间,微信昵称,姓名,手机,生日,省,市,地址,活动,类目,货号,商品,数量,单价,订单金额,实付,退款,
状态,备注""")
SERVICE_LOG = _names("""
记录号,时间,类型,渠道,旺旺名,邮箱,手机,订单号,商品,内容,客服,状态,跟进时间,评分,流失原因,投诉原因""")
