"""Rhythms: her gaps and everybody's weighed together; the estate in an address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore import rhythm
from crmcore.records.estate import estate_of

GAPS = st.lists(st.floats(1, 500), max_size=8)
USUAL = st.builds(
    lambda gap, low, high: {"gap": gap, "low": gap * low, "high": gap * high, "count": 9},
    st.floats(1, 500), st.floats(0.3, 0.95), st.floats(1.05, 3),
)  # fmt: skip


@given(GAPS, st.none() | USUAL)
def test_it_lies_between_her_gaps_and_the_usual_one(own: list[float], usual: dict[str, float] | None) -> None:
    found = rhythm(own, usual)
    if not own and usual is None:
        assert found is None
        return
    assert found is not None
    known = [*own, *([usual["gap"]] if usual else [])]
    assert min(known) * 0.999 <= found.days <= max(known) * 1.001
    assert found.low < found.days < found.high
    assert (found.own, found.others) == (len(own), 9 if usual else 0)


@given(GAPS.filter(bool), USUAL, st.floats(0.2, 5))
def test_twice_as_long_is_twice_as_long(own: list[float], usual: dict[str, float], times: float) -> None:
    one = rhythm(own, usual)
    longer = rhythm([gap * times for gap in own], {k: v * times for k, v in usual.items()} | {"count": 9})
    assert one is not None
    assert longer is not None
    for name in ("days", "low", "high"):
        assert getattr(longer, name) == pytest.approx(getattr(one, name) * times, rel=1e-6)


def test_the_more_of_her_own_the_surer() -> None:
    usual = {"gap": 30.0, "low": 15.0, "high": 60.0, "count": 9}
    widths = [round(found.high / found.low, 6) for n in range(6) if (found := rhythm([45.0] * n, usual))]
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize("usual", [{}, {"gap": 0}, {"gap": "x"}, {"gap": 20, "low": 25, "high": 20}])
def test_odd_rows_say_nothing(usual: dict[str, float | str]) -> None:
    found = rhythm([10], usual)
    assert found is not None
    assert found.low < found.days < found.high


@pytest.mark.parametrize(
    ("address", "estate"),
    [
        ("浙江省杭州市余杭区良渚街道阳光花园12幢2单元301室", "杭州市 阳光花园"),
        ("浙江省 杭州市 西湖区 文一西路98号阳光花园3幢1单元201(310000)", "杭州市 阳光花园"),
        ("江苏省苏州市姑苏区阳光花园二期8栋", "苏州市 阳光花园"),
        ("上海市 上海市 浦东新区 张江镇 紫薇路 372弄 18号 602室", "上海市 紫薇路372弄"),
        ("北京市朝阳区望京西园三区312号楼5单元", "北京市 望京西园"),
        ("云南省昆明市五华区龙泉路蓝桉小区3-2-501", "昆明市 蓝桉小区"),
        ("丽江路小区5栋", "丽江路小区"),
        ("广东省深圳市南山区科苑路15号科兴科学园B座", None),
        ("湖南省长沙市岳麓区麓山南路932号湖南大学天马学生公寓3栋", None),
        ("北京市海淀区中关村南大街5号", None),
        ("四川省 成都市 武侯区 样例路 88号", None),
        ("浙江省 杭州市 西湖区 ****", None),
        ("12 Mill Lane, Leeds", None),
        ("", None),
    ],
)
def test_estates(address: str, estate: str | None) -> None:
    assert estate_of(address) == estate


def test_the_city_may_stand_beside_the_address() -> None:
    assert estate_of("阳光花园3幢", "杭州市") == "杭州市 阳光花园"
    assert estate_of("阳光花园3幢") == "阳光花园"


@given(st.text(alphabet="省市区县镇路号弄栋幢花园小苑0123456789A# ", max_size=60) | st.text(max_size=60))
def test_any_address_can_be_read(address: str) -> None:
    found = estate_of(address)
    assert found is None or found == found.strip()
