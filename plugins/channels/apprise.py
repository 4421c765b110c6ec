"""A hundred other services by the library Apprise: robots of WeCom and DingTalk, Telegram, Slack, Bark.

It is an extra (`pip install "crmcore[channels]"`), imported when something is sent. The service's address
holds its token, so it is a secret: apprise_url. `{to}` in it stands for the customer's address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any
from urllib.parse import quote

from crmcore import (
    Channel,
    Checked,
    CrmError,
    Limits,
    Outgoing,
    Problem,
    Receipt,
    Title,
    above_zero,
    hookimpl,
    in_words,
)

about = {"zh": "通过 Apprise 库连接上百种服务：企业微信和钉钉机器人、Telegram、Slack、Bark 等。"}

# ruff: noqa: RUF012 - the attributes are a declaration, read and never changed

_LONGEST = 4000


@dataclass(frozen=True)
class Settings:
    """One service."""

    per_person: Annotated[
        bool,
        Title("每人一条", "One per person"),
        {
            "zh": "每人一条（地址里写 {to}），还是往群里发一条",
            "en": "one message per person ({to} in the address), or one post for a group",
        },
    ] = False
    address: Annotated[
        str,
        Title("联系方式", "Contact"),
        {
            "zh": "{to} 代表客户的哪项联系方式，如 extra.telegram 或 phone",
            "en": "the contact that {to} stands for, such as extra.telegram or phone",
        },
    ] = "extra.apprise"
    per_second: Annotated[
        float, Title("每秒条数", "Messages a second"), {"zh": "每秒最多发多少条", "en": "messages a second"}
    ] = 1.0

    def __post_init__(self) -> None:
        above_zero(per_second=self.per_second)


class AppriseChannel(Channel):
    """Whatever service the secret apprise_url names."""

    name, zh, en = "apprise", "其他服务（Apprise）", "Other services (Apprise)"
    about = {
        "zh": "通过 Apprise 连接一百多种服务：企业微信和钉钉群机器人、Telegram、Slack、Bark 等。机器人发到"
        "群里，适合通知店员或会员群；大多免费。它不报告是否送达，发送失败时无法确定是否已发出。",
        "en": "More than a hundred services by Apprise: robots of WeCom and DingTalk, Telegram, Slack, "
        "Bark. Robots post into a group: good for staff and for members' groups, mostly free. It tells "
        "nothing of delivery, and where it fails nobody knows whether the message went out.",
    }
    has_subject = True
    secrets = ("url",)

    def __init__(self, settings: Settings) -> None:
        self.per_person = settings.per_person
        self.address_kinds = (settings.address,) if settings.per_person else ()
        self.limits = Limits(1, settings.per_second)

    def check(self, message: Outgoing) -> Checked:
        """Whether the library is there, and the text not too long for most services."""
        problems = []
        if find_spec("apprise") is None:
            problems.append(Problem(_MISSING))
        if len(message.text) > _LONGEST:
            problems.append(Problem({"zh": "超过 4000 字", "en": "longer than 4000 characters"}))
        return Checked(problems)

    def send(self, messages: Iterable[Outgoing]) -> Iterator[Receipt]:
        """Send one after the other. Apprise tells only whether it worked: what did not is `unknown`."""
        library = _library()
        url = self.secret("url")
        _service(library, url.replace("{to}", "0"))
        for message in messages:
            service = _service(library, url.replace("{to}", quote(message.to, safe="")))
            if service.notify(body=message.text, title=message.subject):
                yield Receipt(message.key, "accepted")
            else:
                text = {"zh": "Apprise 没有确认发出", "en": "Apprise did not confirm it"}
                yield Receipt(message.key, "unknown", detail=in_words(text))

    def probe(self) -> str:
        """See whether the address names a service."""
        service = _service(_library(), self.secret("url").replace("{to}", "0"))
        return f"Apprise: {next(iter(service)).service_name}"


_MISSING = {
    "zh": "没有安装 Apprise：pip install 'crmcore[channels]'",
    "en": "Apprise is not installed: pip install 'crmcore[channels]'",
}


def _library() -> Any:
    if find_spec("apprise") is None:
        raise CrmError(in_words(_MISSING))
    return import_module("apprise")


def _service(library: Any, url: str) -> Any:
    made = library.Apprise()
    # One address and no more: a comma or blank in it would name others, and files are not to be read.
    if (
        any(char in url for char in " ,\n")
        or url.startswith(("file:", "http:", "https:"))
        or not made.add(url)
    ):
        raise CrmError(
            in_words(
                {
                    "zh": "apprise_url 不是 Apprise 认识的地址",
                    "en": "apprise_url is no address that Apprise knows",
                }
            )
        )
    return made


@hookimpl
def crm_channels(settings: Settings) -> list[Channel]:
    """The service that is set."""
    return [AppriseChannel(settings)]
