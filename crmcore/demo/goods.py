"""What the made-up shop sells: an invented brand's cosmetics, with prices and how long a piece lasts."""

from __future__ import annotations

from dataclasses import dataclass

BRAND = "霁禾"


@dataclass(frozen=True)
class Product:
    """One article. `price` is in fen; after `lasts` days a buyer usually needs the next one."""

    sku: str
    category: str
    title: str
    english: str
    price: int
    lasts: int
    options: tuple[str, ...]

    @property
    def full_title(self) -> str:
        """The title as it stands in the shop: brand, name, category word."""
        return f"{BRAND} {self.title}"


def _p(sku: str, category: str, title: str, english: str, yuan: int, lasts: int, *options: str) -> Product:
    return Product(sku, category, title, english, yuan * 100, lasts, options)


_SKIN = ("肤质：干性", "肤质：油性", "肤质：敏感肌")
_RED = ("颜色分类：01正红", "颜色分类：05豆沙", "颜色分类：09枫叶")

PRODUCTS = (
    _p("JH-MM-01", "面膜", "积雪草舒缓面膜 5片", "Centella soothing mask, 5 sheets", 39, 25, *_SKIN),
    _p("JH-MM-02", "面膜", "玻尿酸补水面膜 10片", "Hyaluronic mask, 10 sheets", 69, 35, *_SKIN),
    _p("JH-MM-03", "面膜", "睡眠免洗面膜 120g", "Overnight mask 120 g", 118, 60, *_SKIN),
    _p("JH-JM-01", "洁面", "氨基酸洁面乳 100g", "Amino acid cleanser 100 g", 59, 50, *_SKIN),
    _p("JH-JM-02", "洁面", "泡沫洁面慕斯 150ml", "Foam cleanser 150 ml", 88, 60, *_SKIN),
    _p("JH-SS-01", "爽肤水", "玫瑰保湿爽肤水 200ml", "Rose toner 200 ml", 99, 55, *_SKIN),
    _p("JH-SS-02", "爽肤水", "金缕梅控油爽肤水 200ml", "Witch hazel toner 200 ml", 109, 55, *_SKIN),
    _p("JH-JH-01", "精华", "烟酰胺亮肤精华 30ml", "Niacinamide serum 30 ml", 189, 65, *_SKIN),
    _p("JH-JH-02", "精华", "玻色因抗皱精华 30ml", "Pro-xylane serum 30 ml", 329, 75, *_SKIN),
    _p("JH-JH-03", "精华", "依克多因修护精华 50ml", "Ectoin repair serum 50 ml", 428, 90, *_SKIN),
    _p("JH-MS-01", "面霜", "神经酰胺保湿面霜 50g", "Ceramide cream 50 g", 159, 70, *_SKIN),
    _p("JH-MS-02", "面霜", "松茸紧致面霜 50g", "Matsutake firming cream 50 g", 398, 85, *_SKIN),
    _p("JH-MS-03", "面霜", "鱼子酱滋养面霜 30g", "Caviar cream 30 g", 598, 90, *_SKIN),
    _p("JH-YS-01", "眼霜", "咖啡因淡纹眼霜 15g", "Caffeine eye cream 15 g", 219, 80, "净含量：15g"),
    _p("JH-FS-01", "防晒", "清透防晒乳 SPF50 60ml", "Sheer sunscreen SPF50 60 ml", 89, 45, "净含量：60ml"),
    _p("JH-KH-01", "口红", "丝绒哑光口红 3.5g", "Velvet matte lipstick 3.5 g", 79, 110, *_RED),
    _p("JH-KH-02", "口红", "镜面水光口红 3g", "Glossy lipstick 3 g", 129, 110, *_RED),
    _p("JH-KH-03", "口红", "限定礼盒口红 3支", "Lipstick gift box, 3 pieces", 268, 150, *_RED),
    _p(
        "JH-FD-01",
        "粉底",
        "轻透持妆粉底液 30ml",
        "Long-wear foundation 30 ml",
        169,
        95,
        "色号：自然色",
        "色号：象牙白",
    ),
    _p(
        "JH-QD-01",
        "气垫",
        "水润气垫霜 15g",
        "Cushion foundation 15 g",
        139,
        70,
        "色号：自然色",
        "色号：象牙白",
    ),
    _p(
        "JH-YY-01",
        "眼影",
        "九色大地眼影盘",
        "Nine-colour eye palette",
        149,
        160,
        "颜色分类：大地",
        "颜色分类：玫瑰",
    ),
    _p("JH-MB-01", "眉笔", "极细双头眉笔", "Fine brow pencil", 29, 60, "颜色分类：灰棕", "颜色分类：深棕"),
    _p("JH-XZ-01", "卸妆", "温和卸妆油 150ml", "Cleansing oil 150 ml", 79, 65, "净含量：150ml"),
    _p(
        "JH-HS-01",
        "护手霜",
        "樱花护手霜 60g",
        "Cherry blossom hand cream 60 g",
        25,
        45,
        "香型：樱花",
        "香型：青柠",
    ),
    _p("JH-TZ-01", "套装", "水乳霜护肤套装 4件", "Skin care set, 4 pieces", 499, 90, *_SKIN),
    _p("JH-TZ-02", "套装", "贵妇抗老礼盒 6件", "Anti-age gift set, 6 pieces", 880, 120, *_SKIN),
)

BY_SKU = {product.sku: product for product in PRODUCTS}
CATEGORIES = tuple(dict.fromkeys(product.category for product in PRODUCTS))


def in_band(low: int, high: int) -> tuple[Product, ...]:
    """The articles whose price in yuan lies in `low` <= price < `high`."""
    return tuple(p for p in PRODUCTS if low * 100 <= p.price < high * 100)
