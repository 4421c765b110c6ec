"""What is sent by hand: whom it reaches, what is copied, which keys answer; and Apprise, against a real server."""

from __future__ import annotations

import sys

import pytest

from crmcore import Address, Contact, CrmError, Outgoing
from tests.channels.conftest import Make, sent
from tests.channels.http_server import Asked, HttpServer, Says

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr'")  # Apprise on Python 3.11 and 3.12
HERS = [
    Contact("buyer", "小雨", "taobao:tea", "小雨"),
    Contact("buyer", "rain", "shopify", "Rain"),
    Contact("email", "123456789@qq.com"),
    Contact("phone", "+8613800138000"),
]
HELLO = Outgoing("k-1", "x", "promotion", "小雨，凭码 TEA8F3K2 领茶")


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("wangwang", Address("小雨", "buyer")),
        ("qq", Address("123456789", "email")),
        ("wechat", Address("+8613800138000", "phone")),
        ("flyer", Address("")),
        ("weibo", Address("")),
    ],
)
def test_whom_each_reaches(channel: Make, name: str, address: Address) -> None:
    assert channel("by_hand", name).address(HERS) == address


def test_what_she_gave_herself_goes_first(channel: Make) -> None:
    given = [Contact("extra.wechat", "rain77"), Contact("extra.qq", "10001"), *HERS]
    assert channel("by_hand", "wechat").address(given) == Address("rain77", "extra.wechat")
    assert channel("by_hand", "qq").address(given) == Address("10001", "extra.qq")
    assert channel("by_hand", "qq").address([Contact("email", "rain@qq.com")]) is None
    hidden = [Contact("buyer", "小***7", "taobao", "小***7", strong=False)]
    found = channel("by_hand", "wangwang").address(hidden)
    assert found == Address("", "buyer", "the platform hides a part of it")
    assert channel("by_hand", "wangwang").address(HERS[1:]) is None  # a Shopify name is none of Wangwang


def test_all_are_manual_and_answer_with_one_key(channel: Make) -> None:
    for name in ("wangwang", "qq", "wechat", "flyer", "weibo", "weitao", "group"):
        made = channel("by_hand", name)
        assert made.manual
        assert {"d", "s"} <= {one.key for one in made.outcomes}
        assert made.copied(HELLO) == HELLO.text
        with pytest.raises(CrmError, match="does not send by itself"):
            made.send([])
    assert not channel("by_hand", "weibo").per_person


def test_a_flyer_without_a_code_cannot_be_counted(channel: Make) -> None:
    flyer = channel("by_hand", "flyer", flyer_cost="0.08")
    assert (str(flyer.check(HELLO).cost), flyer.check(HELLO).problems) == ("0.08", ())
    [problem] = flyer.check(Outgoing("k", "", "promotion", "欢迎再来")).problems
    assert "no code" in problem.shown
    assert channel("by_hand", "weibo").check(Outgoing("k", "", "promotion", "长" * 2001)).problems[0].error


def test_apprise_hands_over_to_whatever_service_is_named(channel: Make) -> None:
    server = HttpServer(lambda asked: Says(500 if asked.path.endswith("/down") else 200))
    port = server.url.rpartition(":")[2]
    made = channel("apprise", per_person=True)
    url = {"url": f"json://127.0.0.1:{port}/{{to}}"}
    messages = [Outgoing(f"k-{to}", to, "service", "你好", "标题") for to in ("rain", "down", "../x y")]
    try:
        receipts = sent(made, messages, url)
    finally:
        server.stop()
    assert [(one.state, bool(one.detail)) for one in receipts] == [
        ("accepted", False),
        ("unknown", True),
        ("accepted", False),
    ]
    assert [one.path for one in server.asked] == ["/rain", "/down", "/..%2Fx%20y"] or len(server.asked) == 3
    assert b"\\u4f60\\u597d" in server.asked[0].body or "你好" in server.asked[0].body.decode()


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "nonsense", "json://a json://b", "https://example.com/x"]
)
def test_apprise_takes_one_address_it_knows(channel: Make, url: str) -> None:
    with pytest.raises(CrmError, match="no address that Apprise knows"):
        sent(channel("apprise"), [HELLO], {"url": url})


def test_apprise_knows_the_robots_of_wecom_and_dingtalk(channel: Make) -> None:
    from crmcore.hooks.channel_jobs import _given

    for url, name in (
        ("wecombot://0123456789abcdef0123456789abcdef", "WeCom"),
        ("dingtalk://token1234567890/", "Ding"),
    ):
        made = channel("apprise")
        with _given(made, {"url": url}):
            assert name.lower() in made.probe().lower()


def test_nothing_heavy_is_imported_until_something_is_sent() -> None:
    import subprocess

    code = (
        "from crmcore.hooks.manager import PluginManager as M; from crmcore.hooks.discovery import PluginConfig as C\n"
        "m = M.load(C(only=frozenset(['email','apprise','sms_aliyun','sms_twilio','by_hand','phone']), write_log=False))\n"
        "assert len(m.channels()) == 12, m.failures\n"
        "import sys; print([one for one in ('apprise','smtplib','imaplib','flufl','jinja2','keyring') if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_service_that_is_asked_is_the_one_that_was_set(channel: Make) -> None:
    asked: list[Asked] = []

    def answer(one: Asked) -> Says:
        asked.append(one)
        return Says()

    server = HttpServer(answer)
    port = server.url.rpartition(":")[2]
    try:
        made = channel("apprise")
        assert (made.per_person, made.address([])) == (False, Address(""))
        [receipt] = sent(made, [HELLO], {"url": f"json://127.0.0.1:{port}/hook"})
    finally:
        server.stop()
    assert (receipt.state, asked[0].path) == ("accepted", "/hook")
