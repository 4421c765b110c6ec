"""Cities of mainland China in three tiers, and provinces by part of the country.

Serves S54 and S122. After the yearly ranking of Yicai's 新一线城市研究所: tier 1 holds its four first-tier
and fifteen "new first-tier" cities, tier 2 its second-tier and tier 3 its third-tier cities. A shop or a pack
puts its own table in its place: family `regions` of the playbook, name `city_tiers`.

Tier 1 is the list of 28 May 2025 (news.china.com and finance.itbear.com.cn of that day, looked up on
2026-11-27; that of 2024 had Wuxi where Foshan is now). Tiers 2 and 3 are those of 2024 from memory, with Wuxi
moved: the whole list was found nowhere, and the segments of these tiers say so.
"""

from __future__ import annotations

TIERS: dict[int, str] = {
    1: ("北京 上海 广州 深圳 成都 杭州 重庆 武汉 苏州 西安 南京 长沙 郑州 天津 合肥 青岛 东莞 宁波 佛山"),
    2: (
        "无锡 沈阳 昆明 济南 厦门 福州 温州 常州 大连 石家庄 南宁 哈尔滨 金华 南昌 长春 南通 泉州 "
        "贵阳 嘉兴 太原 惠州 徐州 绍兴 中山 台州 烟台 兰州 潍坊 珠海 临沂"
    ),
    3: (
        "盐城 廊坊 保定 湖州 海口 汕头 乌鲁木齐 扬州 洛阳 济宁 镇江 泰州 邯郸 唐山 漳州 呼和浩特 "
        "芜湖 咸阳 桂林 南阳 阜阳 揭阳 三亚 赣州 遵义 江门 湛江 新乡 商丘 莆田 柳州 连云港 淮安 "
        "宜昌 淄博 上饶 银川 九江 肇庆 沧州 邢台 周口 株洲 衡阳 泰安 宿迁 驻马店 滁州 威海 清远 "
        "茂名 潮州 信阳 马鞍山 宁德 绵阳 许昌 菏泽 荆州 黄冈 鞍山 龙岩 蚌埠 六安 大庆 丽水 岳阳 "
        "衢州 聊城 常德"
    ),
}

PARTS: dict[str, str] = {
    "华东": "上海 江苏 浙江 安徽 福建 江西 山东",
    "华北": "北京 天津 河北 山西 内蒙古",
    "华南": "广东 广西 海南",
    "华中": "河南 湖北 湖南",
    "西南": "重庆 四川 贵州 云南 西藏",
    "西北": "陕西 甘肃 青海 宁夏 新疆",
    "东北": "辽宁 吉林 黑龙江",
    "港澳台": "香港 澳门 台湾",
}
# How files write provinces beside their short names.
_ENDINGS = ("", "省", "市", "自治区", "特别行政区")
_LONG = {"广西": "广西壮族自治区", "宁夏": "宁夏回族自治区", "新疆": "新疆维吾尔自治区"}


def province_forms(short: str) -> list[str]:
    """Every way in which files write a province."""
    return [short + ending for ending in _ENDINGS] + ([_LONG[short]] if short in _LONG else [])
