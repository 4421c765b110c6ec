"""What a pack needs of the shop: this program's version, plugins that are on."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from crmcore.hooks.results import PluginInfo
from crmcore.i18n import gettext as _
from crmcore.packs.manifest import Manifest, fits


def unmet(manifest: Manifest, plugins: Sequence[PluginInfo]) -> list[str]:
    """What is missing, a sentence each with what to do about it."""
    missing = []
    ours = version("crmcore")
    if not fits(ours, manifest.core):
        text = _("it needs crmcore {needed}, this is {ours}: update the program")
        missing.append(text.format(needed=manifest.core, ours=ours))
    known = {plugin.name: plugin for plugin in plugins}
    for name, needed in manifest.plugins.items():
        plugin = known.get(name)
        if plugin is None:
            text = _("it needs the plugin {name}, which is not there: install it first")
        elif plugin.state != "on":
            text = _("it needs the plugin {name}, which is off: `crm plugin enable {name}`, or --enable")
        elif not fits(plugin.version, needed):
            text = _("it needs the plugin {name} {needed}, this is {version}")
            missing.append(text.format(name=name, needed=needed, version=plugin.version or "?"))
            continue
        else:
            continue
        missing.append(text.format(name=name))
    return missing
