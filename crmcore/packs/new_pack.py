"""A pack to start from: small, whole, and passing its own test."""

from __future__ import annotations

from pathlib import Path

from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.packs.shapes import SLUG
from crmcore.packs.writing import write_pack

_MANIFEST = """\
format: 1
name: {name}
version: 0.1.0
title: {{zh: {name}, en: {name}}}
description:
  zh: 这个经验包给谁用，解决什么问题。
  en: Whom this pack is for, and what it does for them.
authors: [me]
inputs:                       # asked on install: crm pack install {name} --set quiet_days=120
  quiet_days:
    title: {{zh: 多少天没买算沉睡, en: Days without an order until somebody counts as quiet}}
    default: 90
"""
_SEGMENTS = """\
{name}_quiet:
  title: {{zh: 沉睡老客, en: Quiet regulars}}
  description: {{zh: 买过两次以上、最近没来的人。, en: Two orders or more but none lately.}}
  where:
    all:
      - orders: {{gte: 2}}
      - days_since_last_order: {{gte: "${{quiet_days}}"}}
"""
_TEMPLATES = """\
{name}_hello:
  title: {{zh: 好久不见, en: Long time no see}}
  purpose: promotion
  text:
    zh: "#客户昵称#，好久不见。上次您买过的，最近有了新款，想看看就回复我。"
    en: "{{{{ called }}}}, it has been a while. What you bought has come in new: just reply to have a look."
"""
_TESTS = """\
- title: {{zh: 沉睡老客, en: quiet regulars}}
  as_of: 2026-03-05
  given:
    - name: ann
      orders: [{{days_ago: 200, total: 80}}, {{days_ago: 120, total: 90}}]
    - name: bea
      orders: [{{days_ago: 200, total: 80}}, {{days_ago: 3, total: 90}}]
    - name: eve
      orders: [{{days_ago: 200, total: 80}}]
  expect: {{{name}_quiet: [ann]}}
"""


def write_new(name: str, folder: Path) -> Path:
    """Make the folder with a pack of that name; returns it.

    Raises `UsageError` for a name that is none, `CrmError` where something stands already.
    """
    if not SLUG.match(name):
        raise UsageError(_("{name} is no name: use small letters, digits and _").format(name=repr(name)))
    files = {
        "pack.yaml": _MANIFEST,
        "segments.yaml": _SEGMENTS,
        "templates.yaml": _TEMPLATES,
        "tests.yaml": _TESTS,
    }
    write_pack({file: text.format(name=name) for file, text in files.items()}, folder)
    return folder
