"""A segment, and why somebody is in it, as lines of text for a width."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from crmcore import wide
from crmcore.desk.segment_edit import Found, Hint
from crmcore.desk.segment_view import SegmentRow, Why
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.tui.widgets.card_parts import line, rule, wrapped


def why_lines(why: Why, width: int) -> list[Content]:
    """Whether she belongs to it; below it each condition: a sign and a word for how it stands, her value."""
    said = _("{name} belongs to it") if why.member else _("{name} does not belong to it")
    look = "bold $text-success" if why.member else "bold $text-warning"
    found = [line([("✓ " if why.member else "✗ ", look), (said.format(name=why.name), look)], width)]
    for one in why.lines:
        sign = f"✓ {_('yes')}" if one.held else f"✗ {_('no')}"
        head = [("  " * (one.depth + 1), ""), (f"{sign}  ", "$text-success" if one.held else "$text-warning")]
        found += wrapped(one.words, width, 3, head=head)
        if one.value:
            indent = " " * (2 * one.depth + 4 + wide.width(sign))
            found += wrapped(
                _("hers: {value}").format(value=one.value), width, 2, head=[(indent, "")], style="bold"
            )
    return found


def segment_lines(segment: SegmentRow, yaml: str, width: int) -> list[Content]:
    """What it is for, who brings it, its rule as YAML, and what is wrong with it."""
    found = wrapped(segment.title, width, 2, style="bold")
    found += [line([(f"{segment.name}  ({segment.source})", "$text-muted")], width)]
    if segment.description:
        found += wrapped(segment.description, width, 4)
    if segment.error:
        found += wrapped(segment.error, width, 6, head=[("! ", "bold $text-error")])
    found.append(rule(_("rule"), width))
    # Blanks at the beginning of a line are a part of YAML: lines are cut, not wrapped.
    return found + [line([(text, "")], width) for text in yaml.splitlines()]


def found_lines(found: Found, width: int) -> list[Content]:
    """What a rule finds while it is written: how many, which share, some of them, at what cost."""
    if found.error is not None:
        return wrapped(found.error, width, 6, head=[("! ", "bold $text-error")])
    about = "≈ " if found.margin else ""
    share = f"{100 * found.count / found.everybody:.1f}%" if found.everybody else ""
    words = _("{about}{count} of {everybody} customers").format(
        about=about, count=f"{found.count:,}", everybody=f"{found.everybody:,}"
    )
    cost = _("{time} ms").format(time=round(found.milliseconds))
    lines = [line([(words, "bold"), (f"  {share}", "bold")], width, [(cost, "$text-muted")])]
    if found.margin:
        said = _("an estimate, off by {margin} at most, most likely").format(margin=f"{found.margin:,}")
        lines.append(line([(said, "$text-muted")], width))
    if found.sample:
        lines += wrapped(joined(found.sample), width, 4, head=[(_("among them: "), "$text-muted")])
    for said in found.notes:
        lines += wrapped(said, width, 3, head=[("! ", "bold $text-warning")])
    return lines


def hint_lines(hints: Sequence[Hint], marked: int, width: int) -> list[Content]:
    """What may stand at the cursor; of the marked one, which has a sign, all that is known."""
    if not hints:
        return []
    name = min(max(wide.width(one.text) for one in hints), width // 2)
    found = []
    for place, one in enumerate(hints):
        here = place == marked
        text = wide.pad(wide.cut(one.text, name), name)
        sign, look = ("> ", "bold") if here else ("  ", "")
        found.append(line([(sign, "bold"), (text, look), (f"  {one.title}", "$text-muted")], width))
    if about := hints[marked].about:
        found += [rule("", width), *wrapped(about, width, 3)]
    return found
