"""What to tell about a file that no importer knows: what it looks like, what is missing, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from crmcore.hooks.table_importer import Sample, TableImporter
from crmcore.i18n import clauses, joined, mark, sentences
from crmcore.i18n import gettext as _
from crmcore.importing.reading.names import listed, same_name

# Columns of daily statistics of shops and products: 生意参谋, and lists that tools collect.
_STATISTICS = {
    same_name(name)
    for name in (
        "统计日期", "访客数", "浏览量", "商品访客数", "商品浏览量", "人均浏览量", "跳失率", "支付转化率",
        "下单转化率", "支付买家数", "下单买家数", "客单价", "销量", "评论数", "收藏人数", "加购人数",
        "uv", "pv", "visitors", "views", "page views", "bounce rate", "conversion rate",
        "sale_count", "sales_count", "comment_count", "update_time",
    )
}  # fmt: skip
_PRODUCT = {same_name(name) for name in ("title", "商品名称", "商品id", "sku", "宝贝标题", "product")}
# Fields that tell an order or a person; a table without any of them is neither orders nor customers.
_WHO = ("order_ref", "buyer_ref", "phone", "email")
_DELIMITERS = {",": "','", ";": "';'", "\t": mark("tab"), "|": "'|'", " ": mark("blanks")}


def unknown_file(
    path: Path, sample: Sample, header: Sequence[str], importers: Sequence[TableImporter]
) -> str:
    """The sentence for a file that no importer knows."""
    columns = [cell.strip() for cell in header if cell.strip()]
    forms = {same_name(cell) for cell in columns}
    shown = listed(columns, 12)
    seen = _("{path}: no importer knows this file. It is {form} with the columns: {columns}.")
    told = [seen.format(path=path, form=_form(sample), columns=shown)]
    if statistics := _statistics(forms, importers):
        told.append(statistics)
        return " ".join(told)
    near = _near(forms, importers)
    if near:
        told.append(_("Nearest: {near}.").format(near=clauses(near)))
    told.append(
        _("Say what its columns mean in a mapping file (--mapping FILE), or name an importer (--as NAME).")
    )
    return " ".join(told)


def _form(sample: Sample) -> str:
    if sample.kind == "csv":
        text = _("text in {encoding}, cells separated by {delimiter},")
        delimiter = _(_DELIMITERS.get(sample.delimiter or "", repr(sample.delimiter)))
        return text.format(encoding=_encoding(sample.encoding or ""), delimiter=delimiter)
    if sample.kind == "html":
        return _("a web page saved as a spreadsheet,")
    names = joined(sheet.name or "" for sheet in sample.sheets)
    return _("a workbook ({kind}, sheets: {sheets})").format(kind=sample.kind, sheets=names)


def _encoding(name: str) -> str:
    """The name people know: UTF-8, GB18030."""
    return name.removesuffix("-sig").upper()


def _statistics(forms: set[str], importers: Iterable[TableImporter]) -> str | None:
    who = {same_name(name) for one in importers for ours in _WHO for name in one.names_of(ours)}
    if len(forms & _STATISTICS) < 2 or forms & who:
        return None
    if forms & _PRODUCT:
        text = _(
            "It looks like daily product statistics: it has no order number and no buyer, so there is "
            "nobody to import."
        )
    else:
        text = _(
            "It looks like daily shop statistics: it has no order number and no buyer, so there is "
            "nobody to import."
        )
    return sentences(text, _("Export the order list (订单报表) of the same days and import that."))


def _near(forms: set[str], importers: Iterable[TableImporter]) -> list[str]:
    """The importers that know at least half of a signature, with what the file lacks."""
    found = []
    for importer in importers:
        lacking = [
            [name for name in group if same_name(name) not in forms] for group in importer.signatures()
        ]
        for group, missing in zip(importer.signatures(), lacking, strict=True):
            if missing and 2 * len(missing) <= len(group):
                text = _("{importer} (it lacks {missing})")
                found.append((len(missing), text.format(importer=importer.name, missing=joined(missing))))
        refused = [name for name in importer.refuse if same_name(name) in forms]
        if refused and any(not missing for missing in lacking):
            text = _("{importer} (but it has {refused})")
            found.append((0, text.format(importer=importer.name, refused=joined(refused))))
    return [text for _count, text in sorted(found)[:3]]
