"""A brief as lines of text for a width: the card as somebody at the desk reads it during a chat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from textual.content import Content

from crmcore import wide
from crmcore.desk import brief_words as words
from crmcore.desk.advice import Line
from crmcore.desk.brief import Alert, Brief, Purchase
from crmcore.desk.card_same import Same
from crmcore.i18n import gettext as _
from crmcore.i18n import phrases
from crmcore.shown import word
from crmcore.tui.widgets import card_commands as commands
from crmcore.tui.widgets.card_parts import Part, key, line, rule, wrapped


@dataclass(frozen=True)
class Card:
    """All that a card shows: the brief, what to say, who may be the same, and what plugins failed at."""

    brief: Brief
    advice: Sequence[Line] = ()
    same: Sequence[Same] = ()
    failures: Sequence[str] = field(default=())


# How many orders and talks are shown, and in how many lines a talk, by the room there is.
_MEASURES = ((5, 3, 3), (4, 2, 2), (3, 1, 2), (2, 1, 2), (2, 1, 1), (1, 1, 1))


def fitting_lines(card: Card, width: int, height: int) -> list[Content]:
    """The card with as many orders and talks as fit; with the fewest where even these do not."""
    found: list[Content] = []
    for orders, talks, most in _MEASURES:
        found = card_lines(card, width, orders=orders, talks=talks, talk_lines=most)
        if len(found) <= height:
            break
    return found


def card_lines(
    card: Card, width: int, *, orders: int = 3, talks: int = 1, talk_lines: int = 2
) -> list[Content]:
    """The lines of the card, each at most `width` columns; at most so many orders and talks."""
    brief = card.brief
    found = [*_head(brief, width), rule("", width)]
    found += [_alert(one, brief, width) for one in brief.alerts]
    found += [_same(one, width) for one in card.same]
    found += _talks(brief, width, talks, talk_lines)
    found += _bought(brief, width, orders)
    found += _remember(brief, width)
    found += _say(card, width)
    return found


def _head(brief: Brief, width: int) -> Iterator[Content]:
    card = brief.card
    left: list[Part] = [(f"[{words.badge(brief)}]", "bold reverse"), (" ", "")]
    left.append((card.nickname or card.name or f"#{brief.id}", "bold"))
    if card.nickname and card.name:
        left.append((f"  {card.name}", ""))
    person = " ".join(one for one in (words.gender(card.gender), brief.age_band) if one)
    left += [(f"  {one}", "") for one in (person, brief.place) if one]
    right: list[Part] = []
    if brief.platforms:
        right.append(("  " + "+".join(map(words.platform, brief.platforms)), "$text-muted"))
    if card.contact_by:
        wish = _("wishes to hear by {channel}").format(channel=word(card.contact_by))
        right.append((f"  {wish}", "$text-muted"))
    if brief.tier:
        right.append((f"  {brief.tier}", "bold"))
    if brief.owner:
        right.append(("  " + _("with {owner}").format(owner=brief.owner), "$text-muted"))
    # What she is counts more than where she buys and who looks after her.
    while right and sum(wide.width(text) for text, _style in (*left, *right)) + 1 > width:
        right.pop()
    yield line(left, width, right)
    sad: list[Part] = [(words.mood(brief), "bold $text-warning")] if brief.mood else []
    room = width - sum(wide.width(text) + 1 for text, _style in sad)
    yield line([(_figures(brief, room), "")], width, sad)


def _figures(brief: Brief, room: int) -> str:
    """The figures in one line, each whole or not at all: one that is cut reads like another one.

    What she spends at a time is the first to go, then the last ones.
    """
    shown = words.figures(brief)
    if wide.width("  ".join(shown)) > room:
        shown = words.figures(brief, average=False)
    while len(shown) > 1 and wide.width("  ".join(shown)) > room:
        shown.pop()
    return "  ".join(shown)


def _alert(alert: Alert, brief: Brief, width: int) -> Content:
    command, does = {
        "complaint": (commands.Complaint, _("deal with it")),
        "promise": (commands.PromiseKept, _("kept")),
        "call": (commands.CallBack, _("call")),
    }.get(alert.kind, (commands.PromiseKept, _("done with")))
    strong = "bold $text-error" if alert.kind == "complaint" or alert.late else "bold $text-warning"
    titles = {"complaint": _("complaint open"), "promise": _("owed to her"), "call": _("call-back")}
    grade = " " + _("(grade {grade})").format(grade=alert.grade) if alert.grade else ""
    left: list[Part] = [
        ("! " if alert.today or alert.kind == "complaint" else "· ", strong),
        (f"{titles.get(alert.kind, alert.title)} #{alert.id}", strong),
        (f" {alert.text}{grade}", ""),
    ]
    about = _about(alert, brief, width // 2 - key(command, does).cell_length - 1)
    right: list[Content | Part] = (
        [(f"{about} ", "$text-error" if alert.late else "$text-muted")] if about else []
    )
    return line(left, width, [*right, key(command, does)])


def _about(alert: Alert, brief: Brief, room: int) -> str:
    """Who has it, since when it is due: what fits whole, for a time that is cut reads like another one."""
    due = words.due(alert, brief)
    full = phrases(one for one in (alert.owner or "", due) if one)
    shorter = (full, due, _("overdue") if alert.late and due else due)
    return next((one for one in shorter if wide.width(one) <= room), shorter[-1])


def _same(same: Same, width: int) -> Content:
    left: list[Part] = [("? " + _("may be the same:"), "bold $text-warning"), (f" {same.words}", "")]
    return line(left, width, [key(commands.JustHer, _("that's her"))])


def _talks(brief: Brief, width: int, most: int, lines: int) -> Iterator[Content]:
    if not brief.talks:
        return
    yield rule(_("last talk"), width)
    for talk in brief.talks[:most]:
        who = " ".join(one for one in (talk.channel or talk.title, talk.owner or "") if one)
        yield from wrapped(
            talk.text,
            width,
            lines,
            head=[(words.day(talk.at, brief), "$text-muted"), (f" {who}  ", "$text-muted")],
        )


def _bought(brief: Brief, width: int, most: int) -> Iterator[Content]:
    more = key(commands.Timeline, _("everything"))
    yield rule(words.orders(brief), width, more)
    if not brief.order_count:
        yield line([(_("no order yet"), "$text-muted")], width)
    shown = brief.purchases[:most]
    amounts = [words.amount(one.amount, one.currency) for one in shown]
    size = max(map(len, amounts), default=0)
    for purchase, amount in zip(shown, amounts, strict=True):
        yield _order(purchase, brief, f"{amount:>{size}}", width)


def _order(purchase: Purchase, brief: Brief, amount: str, width: int) -> Content:
    bad = purchase.refund or purchase.after_sale
    state = words.state(purchase)
    left: list[Part] = [
        ("> " if purchase.asked else "", "bold"),
        (f"{words.day(purchase.at, brief)}  ", "$text-muted"),
        (f"{amount}  ", ""),
        (f"{state}  ", "$text-warning" if bad else "$text-muted"),
        (words.goods(purchase), ""),
    ]
    right = _("because: {reason}").format(reason=purchase.reason) if purchase.reason else ""
    return line(left, width, [(right, "$text-warning")] if right else [])


def _remember(brief: Brief, width: int) -> Iterator[Content]:
    birthday = words.birthday(brief)
    if not (brief.tags or birthday or brief.notes or brief.card.note or brief.bad_reviews):
        return
    yield rule(_("remember"), width, key(commands.Tags, _("tags")))
    near = brief.birthday_in is not None and brief.birthday_in <= 14
    right: list[Part] = [(birthday, "bold $text-success" if near else "$text-muted")] if birthday else []
    if brief.tags or birthday:
        yield line([("  ".join(brief.tags), "bold")], width, right)
    for text in (brief.card.note, *(note.text for note in brief.notes[:1])):
        if text:
            yield from wrapped(text, width, 2)
    for review in brief.bad_reviews[:1]:
        head = _("bad review {day}").format(day=words.day(review.at, brief))
        yield line([(f"{head}  ", "$text-warning"), (review.text, "")], width)


def _say(card: Card, width: int) -> Iterator[Content]:
    yield rule(_("what to say now"), width)
    for number, one in enumerate(card.advice, 1):
        yield line([(f"{number} ", "bold"), (one.text, "")], width, [(one.reason, "$text-muted")])
    for failure in card.failures:
        yield line([(f"! {failure}", "$text-warning")], width)
    style = {"yes": "$text-success", "no": "$text-error", "ask": "$text-warning"}
    answer = card.brief.promotion.answer
    yield line([(words.promotion(card.brief), style[answer])], width, [key(commands.Why, _("why"))])


def why_lines(brief: Brief, width: int) -> list[Content]:
    """Each condition of a promotion: `+` it holds, `-` it does not, `?` nobody knows."""
    signs = {True: ("+ ", "$text-success"), False: ("- ", "$text-error"), None: ("? ", "$text-warning")}
    return [line([signs[one.holds], (one.words, "")], width) for one in brief.promotion.checks]
