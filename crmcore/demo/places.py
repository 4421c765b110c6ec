"""Where the made-up customers live: real cities and districts, streets that do not exist."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A city with two of its districts. `tier` is its grade as retailers count (1, 2 or 3)."""

    province: str  # as people say it: 浙江
    formal: str  # as addresses write it: 浙江省
    code: str  # as Shopify abbreviates it
    city: str
    districts: tuple[str, ...]
    zip: str
    tier: int


def _at(province: str, formal: str, code: str, city: str, districts: str, postcode: str, tier: int) -> Place:
    return Place(province, formal, code, city, tuple(districts.split()), postcode, tier)


PLACES = (
    _at("上海", "上海", "SH", "上海市", "徐汇区 浦东新区", "200030", 1),
    _at("北京", "北京", "BJ", "北京市", "朝阳区 海淀区", "100020", 1),
    _at("广东", "广东省", "GD", "广州市", "天河区 越秀区", "510000", 1),
    _at("广东", "广东省", "GD", "深圳市", "南山区 福田区", "518000", 1),
    _at("浙江", "浙江省", "ZJ", "杭州市", "西湖区 拱墅区", "310000", 1),
    _at("江苏", "江苏省", "JS", "南京市", "鼓楼区 玄武区", "210000", 1),
    _at("四川", "四川省", "SC", "成都市", "武侯区 锦江区", "610000", 1),
    _at("湖北", "湖北省", "HB", "武汉市", "武昌区 江岸区", "430000", 1),
    _at("浙江", "浙江省", "ZJ", "宁波市", "海曙区 鄞州区", "315000", 2),
    _at("浙江", "浙江省", "ZJ", "温州市", "鹿城区 瓯海区", "325000", 2),
    _at("江苏", "江苏省", "JS", "苏州市", "姑苏区 吴中区", "215000", 2),
    _at("江苏", "江苏省", "JS", "无锡市", "梁溪区 滨湖区", "214000", 2),
    _at("山东", "山东省", "SD", "青岛市", "市南区 崂山区", "266000", 2),
    _at("山东", "山东省", "SD", "济南市", "历下区 市中区", "250000", 2),
    _at("福建", "福建省", "FJ", "厦门市", "思明区 湖里区", "361000", 2),
    _at("湖南", "湖南省", "HN", "长沙市", "岳麓区 芙蓉区", "410000", 2),
    _at("河南", "河南省", "HA", "郑州市", "金水区 二七区", "450000", 2),
    _at("陕西", "陕西省", "SN", "西安市", "雁塔区 碑林区", "710000", 2),
    _at("重庆", "重庆", "CQ", "重庆市", "渝中区 江北区", "400010", 2),
    _at("辽宁", "辽宁省", "LN", "大连市", "中山区 沙河口区", "116000", 2),
    _at("云南", "云南省", "YN", "昆明市", "五华区 盘龙区", "650000", 2),
    _at("江西", "江西省", "JX", "赣州市", "章贡区 南康区", "341000", 3),
    _at("安徽", "安徽省", "AH", "芜湖市", "镜湖区 弋江区", "241000", 3),
    _at("河北", "河北省", "HE", "保定市", "竞秀区 莲池区", "071000", 3),
    _at("广西", "广西壮族自治区", "GX", "柳州市", "城中区 鱼峰区", "545000", 3),
    _at("贵州", "贵州省", "GZ", "遵义市", "红花岗区 汇川区", "563000", 3),
    _at("黑龙江", "黑龙江省", "HL", "大庆市", "萨尔图区 让胡路区", "163000", 3),
    _at("新疆", "新疆维吾尔自治区", "XJ", "乌鲁木齐市", "天山区 水磨沟区", "830000", 3),
)

# How likely a customer lives in a city of tier 1, 2, 3.
TIER_WEIGHT = {1: 5, 2: 3, 3: 2}

STREETS = ("样例路", "演示大道", "虚构街", "示范巷", "想象路", "假日花园")
# What the rest of an address may tell about who lives there: student, teacher, office worker, resident.
BUILDINGS = (
    "{n}号{b}幢{r}室",
    "{n}号{b}幢{r}室",
    "{n}号{b}幢{r}室",
    "{n}号样例大学{b}号宿舍楼{r}",
    "{n}号样例中学教师楼{r}",
    "{n}号虚构大厦{b}座{r}",
)
