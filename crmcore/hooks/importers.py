"""Family `importers`: files of a platform become orders, customers and interactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcore.hooks.markers import hookspec

if TYPE_CHECKING:
    from crmcore.hooks.table_importer import TableImporter


@hookspec
def crm_importers(settings: Any) -> list[TableImporter] | None:
    """Importers for the files of one platform.

    When: once after the shop was opened, the first time somebody asks which importers there are.

    Gets: `settings`, the plugin's own `Settings` with the shop's values, None where the module defines none.
    Leave the parameter out when you do not need it.

    Returns: a list of `TableImporter` instances (not classes). Their `name` is what `crm import --as` takes;
    of two plugins with one name the one loaded first keeps it.

    None: the plugin has no importers for this shop; same as an empty list.

    When it raises: the plugin's importers are left out, those of all other plugins stand. Reading a file and
    working out columns happen later, in a worker process: a raise or a hang there ends that import alone.

        class Weidian(TableImporter):
            platform, record = "weidian", "order"
            columns = {"order_ref": "订单编号", "paid_at": "付款时间", "paid_total": "实付"}

        @hookimpl
        def crm_importers():
            return [Weidian()]
    """
