"""E-mail by the shop's own account: sent over SMTP, bounces and replies read over IMAP.

Certificates are checked; without encryption it speaks to this computer only. A message counts as not sent
until the server has been given its last line, and as unknown when the line breaks before the answer to that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from crmcore import (
    AddressForm,
    Channel,
    Checked,
    CrmError,
    Fetched,
    Limits,
    Outgoing,
    Problem,
    Receipt,
    Sent,
    Title,
    above_zero,
    hookimpl,
    in_words,
)

about = {"zh": "用店铺自己的邮箱发邮件：SMTP 发送，IMAP 收退信和回复。"}

if TYPE_CHECKING:
    import ssl

    from .reading import Mailbox
    from .sending import Line

# ruff: noqa: RUF012 - the attributes are a declaration, read and never changed

Security = Literal["tls", "starttls", "none"]
_ENCRYPTION = {
    "zh": "加密方式：tls、starttls 或 none（只限本机）",
    "en": "tls, starttls, or none (this computer only)",
}
_CLIPPED = 100_000  # bytes; some mail programs cut what is longer
_LONGEST = 2_000_000
_WAYS_OUT = re.compile(r"退订|退信|拒收|unsubscribe|opt.?out", re.IGNORECASE)
_NOT_SET_UP = {
    "zh": "还没有设置：crm plugin settings email --set host=… --set sender=…",
    "en": "it is not set up: crm plugin settings email --set host=… --set sender=…",
}


@dataclass(frozen=True)
class Settings:
    """The account. Passwords are secrets: email_password, email_imap_password."""

    host: Annotated[
        str,
        Title("发信服务器", "Mail server"),
        {
            "zh": "发信服务器，如 smtp.exmail.qq.com",
            "en": "the server that takes mail, such as smtp.exmail.qq.com",
        },
    ] = ""
    port: Annotated[
        int,
        Title("发信端口", "Port"),
        {"zh": "发信端口：tls 用 465，starttls 用 587", "en": "its port: 465 for tls, 587 for starttls"},
    ] = 465
    security: Annotated[Security, Title("加密方式", "Encryption"), _ENCRYPTION] = "tls"
    user: Annotated[
        str,
        Title("账号", "Account"),
        {"zh": "账号名；不填则不登录", "en": "the account's name; empty: no sign-in"},
    ] = ""
    sender: Annotated[
        str, Title("发件地址", "Sender"), {"zh": "发件人地址", "en": "the address that mail comes from"}
    ] = ""
    sender_name: Annotated[
        str, Title("发件人名称", "Sender's name"), {"zh": "发件人名称", "en": "the name beside it"}
    ] = ""
    reply_to: Annotated[
        str,
        Title("回复地址", "Answers to"),
        {"zh": "回复发到哪个地址；不填则发给发件人", "en": "where answers go; empty: the sender"},
    ] = ""
    unsubscribe_url: Annotated[
        str,
        Title("退订网址", "Unsubscribe address"),
        {
            "zh": "一键退订的 https 地址，收到一次 POST 就停发促销；{key} 代表那封邮件",
            "en": "an https address that ends promotion by one POST; {key} is the message",
        },
    ] = ""
    footer: Annotated[
        str,
        Title("促销页脚", "Footer"),
        {
            "zh": "促销邮件没写退订方式时，加在末尾的一行",
            "en": "the line below promotions that name no way out",
        },
    ] = "不想再收到？回复“退订”即可。"
    per_second: Annotated[
        float, Title("每秒条数", "Messages a second"), {"zh": "每秒最多发多少条", "en": "messages a second"}
    ] = 10.0
    connections: Annotated[
        int, Title("连接数", "Connections"), {"zh": "同时开几个连接", "en": "connections at a time"}
    ] = 2
    per_connection: Annotated[
        int,
        Title("每个连接封数", "Messages each"),
        {"zh": "一个连接最多发多少封", "en": "messages over one connection"},
    ] = 200
    timeout: Annotated[
        float,
        Title("超时秒数", "Seconds to wait"),
        {"zh": "等待应答的秒数", "en": "seconds to wait for an answer"},
    ] = 60.0
    retry_minutes: Annotated[
        int,
        Title("重试间隔（分钟）", "Minutes to retry"),
        {"zh": "服务器要求稍后再发时，隔多少分钟重试", "en": "when to try again what the server put off"},
    ] = 15
    reading_days: Annotated[
        int,
        Title("阅读天数", "Days to read"),
        {"zh": "会看邮件的人大多在几天内看完", "en": "days until most who will read a mail have read it"},
    ] = 3
    imap_host: Annotated[
        str,
        Title("收信服务器", "Incoming server"),
        {
            "zh": "收退信和回复的服务器；不填则不收",
            "en": "the server where bounces and replies arrive; empty: they are not read",
        },
    ] = ""
    imap_port: Annotated[
        int,
        Title("收信端口", "Incoming port"),
        {"zh": "收信端口：tls 用 993，starttls 用 143", "en": "its port: 993 for tls, 143 for starttls"},
    ] = 993
    imap_security: Annotated[Security, Title("收信加密方式", "Incoming encryption"), _ENCRYPTION] = "tls"
    imap_user: Annotated[
        str,
        Title("收信账号", "Incoming account"),
        {"zh": "收信的账号名；不填则与发信相同", "en": "the account's name there; empty: the same"},
    ] = ""
    imap_folder: Annotated[
        str, Title("收信文件夹", "Incoming folder"), {"zh": "读哪个文件夹", "en": "the folder to read"}
    ] = "INBOX"
    ca_file: Annotated[
        str,
        Title("证书文件", "Certificates"),
        {
            "zh": "除系统证书外还信任的证书（PEM 文件）",
            "en": "certificates to trust beside the system's (a PEM file)",
        },
    ] = ""

    def __post_init__(self) -> None:
        for host, security in ((self.host, self.security), (self.imap_host, self.imap_security)):
            if security == "none" and host and not _here(host):
                raise ValueError(
                    in_words(
                        {
                            "zh": f"{host}：不加密时只能连本机",
                            "en": f"{host}: without encryption only this computer is spoken to",
                        }
                    )
                )
        above_zero(
            per_second=self.per_second,
            connections=self.connections,
            per_connection=self.per_connection,
            timeout=self.timeout,
        )
        if self.unsubscribe_url and not self.unsubscribe_url.startswith("https://"):
            raise ValueError(
                in_words(
                    {
                        "zh": "unsubscribe_url 必须以 https:// 开头（RFC 8058）",
                        "en": "unsubscribe_url must begin with https:// (RFC 8058)",
                    }
                )
            )
        if any(char in value for value in (self.sender, self.sender_name, self.reply_to) for char in "\r\n"):
            raise ValueError(
                in_words(
                    {
                        "zh": "sender、sender_name 和 reply_to 各只能写一行",
                        "en": "sender, sender_name and reply_to are one line each",
                    }
                )
            )


def has_way_out(message: Outgoing) -> bool:
    """Whether the mail itself says how to unsubscribe."""
    return bool(_WAYS_OUT.search(message.text) and (not message.html or _WAYS_OUT.search(message.html)))


def trusting(ca_file: str) -> ssl.SSLContext:
    """What certificates are checked by: the system's and those of a file; `CrmError` for a bad file."""
    import ssl

    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            reason = error.strerror or type(error).__name__
            text = {
                "zh": f"证书文件 {ca_file} 读不了：{reason}",
                "en": f"ca_file {ca_file} cannot be read: {reason}",
            }
            raise CrmError(in_words(text)) from None
    return context


def _here(host: str) -> bool:
    """Whether that is this computer."""
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Email(Channel):
    """One mail a message, plain and HTML, with what makes unsubscribing one click."""

    name, zh, en = "email", "电子邮件", "E-mail"
    about = {
        "zh": "几乎不花钱，和 QQ 一样是零成本的联系方式，能写得比短信长。QQ 邮箱最好（来信会弹窗）；其他邮"
        "箱很少有人打开，打开率 2% 已算不错，也常被拦截。要提前几天发，免得看到时优惠已过。没有留邮箱的客"
        "户联系不到。",
        "en": "Costs next to nothing, and has room for more than an SMS. QQ mailboxes are best (a window "
        "pops up); others are seldom opened: 2 % is fair, and much is blocked. Send some days ahead, so "
        "that the offer is not over when it is read. Customers who left no address cannot be reached.",
    }
    address_kinds = ("email",)
    forms = {
        "email": AddressForm(
            unlike="*[^ -~]*",
            problem={
                "zh": "地址里有多数服务器不接受的字符",
                "en": "few servers take the characters of this address",
            },
        )
    }
    has_subject = has_html = True

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.limits = Limits(50, settings.per_second, settings.connections)
        self.reading_days = settings.reading_days
        self.quiet_seconds = settings.timeout * 2 + 10
        self.secrets = ("password",) if settings.user else ()
        self.optional_secrets = ("imap_password",)

    def check(self, message: Outgoing) -> Checked:
        """What would keep the mail from going out, or from being read."""
        found = []
        settings = self._settings
        if not settings.host or not settings.sender:
            found.append(Problem(_NOT_SET_UP))
        if not message.subject:
            found.append(Problem({"zh": "没有标题", "en": "it has no subject"}))
        size = len(message.text.encode()) + len(message.html.encode())
        if size > _LONGEST:
            found.append(Problem({"zh": "超过 2 MB", "en": "it is longer than 2 MB"}))
        elif size > _CLIPPED:
            text = {
                "zh": "超过 100 KB，有的邮箱会截断",
                "en": "longer than 100 KB: some mail programs cut it",
            }
            found.append(Problem(text, error=False))
        if message.purpose == "promotion" and not has_way_out(message) and not settings.footer:
            text = {"zh": "没有写怎样退订", "en": "it does not say how to unsubscribe"}
            found.append(Problem(text))
        return Checked(found)

    def send(self, messages: Iterable[Outgoing]) -> Iterator[Receipt]:
        """Send over as many connections as are set, each kept for many messages."""
        from .sending import send_all  # the libraries of mail take longer to load than most commands take
        from .writing import Writer

        self._require_set_up()
        writer = Writer(self._settings)
        yield from send_all(self._line, writer, iter(messages), self.lines)

    def fetch(self, since: str, waiting: Sequence[Sent]) -> Fetched:  # noqa: ARG002 - mail comes by itself
        """Bounces, replies, requests to stop, read from the mailbox without marking anything as read."""
        if not self._settings.imap_host:
            return Fetched((), since)
        with self._mailbox() as mailbox:
            return mailbox.events(since)

    def probe(self) -> str:
        """Sign in at both servers."""
        self._require_set_up()
        with self._line() as line:
            said = f"{self._settings.host}: {line.greeting}"
        if self._settings.imap_host:
            with self._mailbox() as mailbox:
                said += f"; {self._settings.imap_host}: {mailbox.count} in {self._settings.imap_folder}"
        return said

    def _require_set_up(self) -> None:
        if not self._settings.host or not self._settings.sender:
            raise CrmError(in_words(_NOT_SET_UP))

    def _line(self) -> Line:
        from .sending import Line

        password = self.secret("password") if self._settings.user else ""
        return Line(self._settings, password)

    def _mailbox(self) -> Mailbox:
        from .reading import Mailbox

        password = self.secret("imap_password") or (self.secret("password") if self._settings.user else "")
        return Mailbox(self._settings, password)


@hookimpl
def crm_channels(settings: Settings) -> list[Channel]:
    """The shop's own mail account."""
    return [Email(settings)]
