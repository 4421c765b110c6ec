"""Config packs that a shop makes: one to start from, its own playbook as one; what its packs are by now."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from crmcore.desk.importing_paths import path_in
from crmcore.i18n import gettext as _
from crmcore.packs.exporting import Wish
from crmcore.packs.files import ENDING
from crmcore.packs.new_pack import write_new
from crmcore.shop import Shop


def own_folder(shop: Shop) -> Path:
    """Where packs are written unless somebody says otherwise: the shop's folder for what leaves it."""
    return shop.place.folder / "exports" if shop.place.folder else Path.cwd()


def new(shop: Shop, typed: Mapping[str, str]) -> str:
    """Write a pack to start from; `typed` has `name` and `place` ("": under that name in the shop's folder).

    Returns where it is. Raises `CrmError` for a name that is none, and where something stands already.
    """
    place = path_in(typed["place"]) if typed["place"] else own_folder(shop) / typed["name"]
    return str(write_new(typed["name"], place))


def export(shop: Shop, typed: Mapping[str, str]) -> str:
    """Write the shop's playbook as a pack; returns what was written, in words.

    `typed` has `name`, `version`, `zh`, `en`, `author`, `items` (families and FAMILY/NAME, blanks or commas
    between; "": all of the shop's own), `all` ("true": what its packs say, too), `allow` (words that are
    nobody's, commas between) and `place` ("": NAME.crmpack in the shop's folder). Raises `PackError`, naming
    each place, where it holds somebody's data or a secret; nothing is written then.
    """
    name = typed["name"]
    place = path_in(typed["place"]) if typed["place"] else own_folder(shop) / f"{name}{ENDING}"
    wish = Wish(
        name=name,
        version=typed["version"],
        title={"zh": typed["zh"] or name, "en": typed["en"] or name},
        authors=(typed["author"] or shop.actor,),
        description={},
        names=_parts(typed["items"].replace(" ", ",")),
        everything=typed["all"] == "true",
        allowed=frozenset(_parts(typed["allow"])),
    )
    _exported, looked_through = shop.packs.export(wish, place)
    told = _("Wrote {path}. {count} texts were searched: nobody's data, no secret.")
    return told.format(path=place, count=looked_through)


def verified(shop: Shop) -> list[tuple[str, str]]:
    """Each installed pack with what it is by now: (name and version, the verdict in words)."""
    return [(f"{one.pack.name} {one.pack.version}", one.words) for one in shop.packs.verify()]


def _parts(text: str) -> tuple[str, ...]:
    parts = text.replace("，", ",").replace("、", ",").split(",")
    return tuple(part.strip() for part in parts if part.strip())
