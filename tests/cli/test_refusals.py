"""Every command refuses what is wrong in one line of the shop's language: the thing, the reason, the next step."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click

from crmcore.cli.main import crm as crm_group
from tests.cli.conftest import Crm

# What is typed -> exit code, and what stands in the one line. NOPE is no file, DIR a folder, BAD no text. A
# command that has no row is given an option that it has not.
REFUSED = {
    "init --currency XXY": (2, "没有币种 'XXY'；是不是 CNY"),
    "init --currency RMB": (2, "是不是 CNY"),
    "init --category nope": (2, "没有品类 'nope'；现有："),
    "demo BAD --no-ui": (2, "是文件"),
    "import NOPE": (1, "没有这个文件"),
    "import YAML --mapping YAML": (1, "第 2 行第 1 列：括号没有配对"),
    "imports show 99": (1, "没有导入 99：`crm imports list`"),
    "imports rejects abc": (2, "'abc' 不是整数"),
    "imports resume 99": (1, "没有导入 99"),
    "imports undo 99": (1, "没有导入 99"),
    "customer find x --limit abc": (2, "'--limit' 的值无效：'abc' 不是整数"),
    "customer show 99": (1, "没有客户 99：用 `crm customer find` 查找"),
    "customer add --set nope=3": (2, "没有字段 'nope'：是不是 'note'"),
    "customer edit 1 --set gender=x": (2, "'x' 不是性别：请写 female、male"),
    "customer consent 1 sms maybe": (2, "'maybe' 不在可选项之内：granted、denied"),
    "customer merge 1 1": (2, "不能与自己合并"),
    "customer split 1": (1, "没有可拆的"),
    "customer export 1 DIR": (2, "是文件夹"),
    "customer forget 99": (1, "没有客户 99"),
    "log 1 note hi --set nope=1": (2, "没有字段 'nope'：它没有任何字段"),
    "due 99 --state done": (1, "没有互动 99：编号见 `crm due`"),
    "segment preview YAML": (1, "括号没有配对"),
    "segment keep nope on": (1, "没有分群 'nope'：请看 `crm segment list`"),
    "segment history nope": (1, "没有分群 'nope'"),
    "segment changes --after abc": (2, "不是整数"),
    "segment count nope": (1, "没有分群 'nope'"),
    "segment members nope": (1, "没有分群 'nope'"),
    "segment explain nope 1": (1, "没有分群 'nope'"),
    "segment export nope NOPE --no-contacts": (1, "没有分群 'nope'"),
    "segment check BAD": (1, "不是 UTF-8 文本：请存为 UTF-8"),
    "segment save NOPE": (1, "无法读取：没有这个文件或文件夹"),
    "segment show nope": (1, "没有分群 'nope'"),
    "segment remove nope": (1, "没有分群 'nope'"),
    "campaign new May": (2, "'May' 不能用作名称：以小写字母开头"),
    "campaign new june --control abc": (2, "'abc' 不是数字"),
    "campaign show nope": (1, "没有活动 'nope'：现有 may"),
    "campaign edit may --file NOPE": (1, "没有这个文件或文件夹"),
    "campaign plan nope": (1, "没有活动 'nope'"),
    "campaign preview nope": (1, "没有活动 'nope'"),
    "campaign test may": (2, "--to"),
    "campaign send nope": (1, "没有活动 'nope'"),
    "campaign pause nope": (1, "没有活动 'nope'"),
    "campaign resume nope": (1, "没有活动 'nope'"),
    "campaign cancel nope": (1, "没有活动 'nope'"),
    "campaign status nope": (1, "没有活动 'nope'"),
    "campaign work nope": (1, "没有活动 'nope'"),
    "campaign unknown may --not-sent --keys BAD": (1, "不是 UTF-8 文本"),
    "campaign outcomes NOPE": (1, "无法读取：没有这个文件或文件夹"),
    "campaign cost nope 3 x": (1, "没有活动 'nope'"),
    "campaign report nope": (1, "没有活动 'nope'"),
    "campaign rules --set nope=3": (2, "没有规则 'nope'：现有"),
    "consent basis --days abc x": (2, "不是整数"),
    "consent show 99": (1, "没有客户 99"),
    "suppress add xyz": (2, "不是手机号：请连同国家代码写"),
    "suppress import NOPE": (1, "没有这个文件或文件夹"),
    "suppress list --limit abc": (2, "不是整数"),
    "suppress remove 99": (1, "没有 99 这一条"),
    "playbook list nope": (1, "没有 'nope' 这一类：现有 segments、"),
    "playbook show segments nope": (1, "经营手册的分群里没有叫 'nope' 的：请看 `crm playbook list`"),
    "playbook save texts x YAML": (1, "括号没有配对"),
    "playbook remove calendars nope": (1, "本店自己的日历里没有叫 'nope' 的"),
    "pack inspect DIR": (1, "没有 pack.yaml"),
    "pack check nope": (1, "没有经验包 'nope'：现有"),
    "pack diff nope": (1, "没有经验包 'nope'"),
    "pack install nope": (1, "没有经验包 'nope'"),
    "pack upgrade nope": (1, "没有经验包 'nope'"),
    "pack remove nope": (1, "没有装经验包 'nope'：请看 `crm pack list`"),
    "pack verify nope": (1, "没有装经验包 'nope'"),
    "pack new Bad!": (2, "不能作名字"),
    "pack export x DIR nope/x": (1, "没有 'nope/x'"),
    "calendar list --kind zz": (2, "'zz' 不在可选项之内：platform、festival"),
    "calendar add x --on 2026-13-40": (2, "'2026-13-40' 不是日子：请写成"),
    "calendar remove nope": (1, "没有叫 'nope' 的"),
    "report nope": (1, "没有报表 'nope'：请看 `crm report list`"),
    "dashboard show nope": (1, "没有看板 'nope'：现有 home"),
    "dashboard choices nope": (1, "没有报表 'nope'"),
    "dashboard add home nope": (1, "没有报表 'nope'"),
    "dashboard take-off home 99": (2, "home 有 1 到 8 号格子"),
    "dashboard remove nope": (1, "本店自己的看板里没有叫 'nope' 的"),
    "template words add ''": (2, "有一个词是空的"),
    "template words allow ''": (2, "有一个词是空的"),
    "template words shop ''": (2, "名称是空的"),
    "template show nope": (1, "没有话术模板 'nope'：请看 `crm template list`"),
    "template save BAD": (1, "不是 UTF-8 文本"),
    "template check nope": (1, "没有话术模板 'nope'"),
    "template preview nope": (1, "没有话术模板 'nope'"),
    "template remove nope": (1, "没有叫 'nope' 的"),
    "channel info nope": (1, "没有渠道 'nope'：现有"),
    "channel check sms_aliyun": (1, "缺少密钥 sms_aliyun_key_id：crm secret set sms_aliyun_key_id"),
    "channel test email --to x": (2, "'x' 不是 email 能用的地址"),
    "secret set email_pasword": (2, "没有渠道需要密钥 'email_pasword'：是不是 'email_"),
    "secret remove nope": (2, "没有渠道需要密钥 'nope'：现有"),
    "figures list nope": (2, "'nope' 不在可选项之内：traffic、product、market"),
    "figures set product --set zzz=1": (2, "没有 'zzz'：现有"),
    "plugin new x --family nope": (2, "现有：importer"),
    "plugin test nope": (1, "没有插件 'nope'"),
    "plugin info nope": (1, "没有插件 'nope'"),
    "plugin enable nope": (1, "没有插件 'nope'"),
    "plugin disable nope": (1, "没有插件 'nope'"),
    "plugin settings lapse --set bands=x": (2, "'x' 不行，应填：列表，如 [1]"),
    "run-plugin lapse nope": (1, "没有分群 'nope'；它有：active、"),
    "serve --port abc": (2, "'abc' 不是整数"),
    "account add x": (2, "请用 --password-stdin"),
    "account password x --password-stdin": (1, "还没有人能登录：crm account add"),
    "account remove nope": (1, "还没有人能登录"),
    "changes list --limit abc": (2, "不是整数"),
    "changes show 99": (1, "没有操作 99：`crm changes list`"),
    "changes undo 99": (1, "没有操作 99"),
    "backup BAD": (1, "已经存在：请换一个文件名"),
    "restore NOPE": (2, "请加 --yes"),
    "move nope": (2, "不是数据库：请写"),
}  # fmt: skip
# What must not stand in a refusal in a Chinese shop: what machines and other people's libraries say.
_FOREIGN = re.compile(r"Errno|Traceback|Expected `|is not a valid|[A-Za-z]+(?: [a-z]+){3}")


def commands(group: click.Group, before: str = "") -> Iterator[str]:
    """The words of every command that is no group, or that does something without one."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        words = f"{before} {name}".strip()
        if isinstance(command, click.Group):
            yield from commands(command, words)
        else:
            yield words


def test_one_refusal_of_each_command(crm: Crm, shop_folder: Path, tmp_path: Path) -> None:
    folder, bad, yaml = tmp_path / "dir", tmp_path / "bad.txt", tmp_path / "list.yaml"
    folder.mkdir()
    bad.write_bytes(b"\xff\xfe\x00broken")
    yaml.write_text("a: [1\n", "utf-8")
    files = {"NOPE": tmp_path / "nope.yaml", "DIR": folder, "BAD": bad, "YAML": yaml, "''": ""}
    assert crm("customer", "add", "--name", "小雨", shop=shop_folder).code == 0
    assert crm("campaign", "new", "may", shop=shop_folder).code == 0

    named = [f"{row} " for row in REFUSED]
    others = [one for one in commands(crm_group) if not any(row.startswith(f"{one} ") for row in named)]
    rows = {**REFUSED, **{f"{one} --zzz": (2, "没有选项 '--zzz'") for one in others}}
    wrong = []
    for typed, (code, part) in rows.items():
        words = [files.get(word, word) for word in typed.split()]
        said = crm("--lang", "zh", *words, shop=shop_folder, stdin="")
        line = said.err.strip().rpartition("\n")[2]
        refused = said.code == code and part in line and not said.out and line.startswith("错误：")
        if not refused or _FOREIGN.search(line.replace(part, "")):
            wrong.append((typed, said.code, said.out, said.err))
    assert not wrong


def test_a_database_that_lacks_a_part_is_not_called_damaged(crm: Crm, shop_folder: Path) -> None:
    with closing(sqlite3.connect(shop_folder / "shop.db")) as connection:
        connection.execute("DROP TABLE interactions")
        connection.commit()
    refused = crm("stats", shop=shop_folder)
    assert (refused.code, refused.out) == (1, "")
    assert "a part of the shop's database is missing" in refused.err
    assert "crm restore" in refused.err
