"""Calls by hand: a list of big customers to ring, with what to say to each."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from crmcore import Channel, Checked, Outcome, Outgoing, Problem, Title, hookimpl, in_words

about = {"zh": "人工打电话：列出要联系的大客户，以及对每个人说什么。"}

# ruff: noqa: RUF012 - the attributes are a declaration, read and never changed


@dataclass(frozen=True)
class Settings:
    """What a call costs the shop."""

    minutes: Annotated[
        float,
        Title("每通分钟数", "Minutes a call"),
        {"zh": "打一通电话要几分钟", "en": "how long a call takes, in minutes"},
    ] = 5.0
    cost_an_hour: Annotated[
        float,
        Title("每小时成本", "Cost an hour"),
        {"zh": "打电话的人每小时的成本", "en": "what an hour of whoever calls costs"},
    ] = 40.0
    longest: Annotated[
        int,
        Title("话术字数上限", "Longest text"),
        {
            "zh": "话术最多多少字；再长就像念录音了",
            "en": "characters of what to say; longer reads like a recording",
        },
    ] = 300

    def __post_init__(self) -> None:
        if self.minutes <= 0 or self.cost_an_hour < 0 or self.longest <= 0:
            raise ValueError(
                in_words(
                    {
                        "zh": "minutes 和 longest 要大于 0，cost_an_hour 不小于 0",
                        "en": "minutes and longest are above 0, cost_an_hour is 0 or more",
                    }
                )
            )


class Phone(Channel):
    """One call after the other; whoever calls answers with one key what came of it."""

    name, zh, en = "phone", "电话", "Phone call"
    address_kinds = ("phone",)
    manual = True
    about = {
        "zh": "最有效，也最花时间：只打给大客户（批发、企业团购）。先讲专属待遇，再送返利或礼品；打过之后"
        "必须有跟进和节日问候。花的是人工：每通约五分钟。",
        "en": "The most effective and most time-consuming way: for big customers only (wholesale, "
        "companies). Stress what is theirs alone, then a rebate or a gift; follow up, and greet them on "
        "holidays. It costs somebody's time: some five minutes a call.",
    }
    outcomes = (
        Outcome("reached", "d", "delivered", "打通了", "Reached"),
        Outcome("interested", "i", "replied", "有兴趣", "Interested"),
        Outcome("no_answer", "n", "later", "没人接", "No answer"),
        Outcome("wrong_number", "w", "bounced", "号码不对", "Wrong number"),
        Outcome("skip", "s", "skipped", "跳过", "Skip"),
        Outcome("no_more", "x", "unsubscribed", "别再打了", "No more calls, please"),
    )

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def check(self, message: Outgoing) -> Checked:
        """What a call costs, and whether what is to be said can be said."""
        cost = Decimal(str(self._settings.minutes)) * Decimal(str(self._settings.cost_an_hour)) / 60
        problems = []
        if len(message.text) > self._settings.longest:
            said = {
                "zh": f"要说的话超过 {self._settings.longest} 个字",
                "en": f"more than {self._settings.longest} characters to say",
            }
            problems.append(Problem(said, error=False))
        return Checked(problems, 1, cost.quantize(Decimal("0.01")))


@hookimpl
def crm_channels(settings: Settings) -> list[Channel]:
    """The call list."""
    return [Phone(settings)]
