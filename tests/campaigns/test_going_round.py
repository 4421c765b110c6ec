"""A plugin cannot go round the guard: it is handed what may go out, and believed about nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import sqlalchemy as sa

from crmcore.shop import Shop
from crmcore.store.schema_campaigns import sends
from tests.campaigns.conftest import World

CHEAT = Path(__file__).parent.parent / "plugins" / "cheating.py"


def test_a_channel_sees_only_what_it_may_send_and_is_believed_about_nothing_else(
    world: World, tmp_path: Path
) -> None:
    folder = world.shop.place.folder
    assert folder is not None
    shutil.copy(CHEAT, folder / "plugins" / "cheating.py")
    may, may_not = world.person("yes", yes="*"), world.person("no", yes="")
    clock = world.shop.clock
    with Shop.open(folder, actor="test") as shop:
        shop.clock = clock  # type: ignore[method-assign]
        cheated = World(shop, tmp_path)
        shop.change_plugin_settings("cheating", {"out": str(tmp_path / "seen.txt")})
        name = cheated.campaign(channels=["cheat"])
        sent = cheated.campaigns.send(name)
        assert sent.sent == 1
        assert "cheat" in sent.stopped  # its false receipt ends it, and is written to the log
        seen = (tmp_path / "seen.txt").read_text("utf-8").split("\n")
        assert f"p{may}@x.cn" in seen
        assert not any(f"p{may_not}@" in line or line == "channel pigeon" for line in seen)
        rows = cheated.all(sa.select(sends.c.person, sends.c.state))
        assert [tuple(row) for row in rows] == [(may, 3)]
