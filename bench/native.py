"""The reports' questions as one would ask DuckDB by hand, of native tables: what reports are measured against."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import duckdb

from crmcore import duck

_DAY = "CAST(to_timestamp(paid_at + 28800) AT TIME ZONE 'UTC' AS DATE)"
_ORDERS = f"""
SELECT id, customer_id, paid_at IS NOT NULL AND NOT (refunded_total > 0 AND net_total <= 0) AS bought,
    {_DAY} AS day, net_total AS net FROM shop.orders WHERE currency = 'CNY'
"""
_LINES = """
SELECT l.order_id, o.customer_id, o.day, l.sku, l.title, l.category, l.quantity,
    coalesce(l.total, l.unit_price * l.quantity) AS total
FROM shop.order_lines l JOIN orders o ON o.id = l.order_id AND o.bought
"""
# report -> the statements that answer it by hand
QUESTIONS = {
    "repurchase": """
        SELECT least(orders, 3), count(*), sum(orders), sum(net) FROM (
            SELECT customer_id, count(*) AS orders, sum(net) AS net FROM orders
            WHERE bought AND customer_id IS NOT NULL AND day BETWEEN $start AND $end GROUP BY 1) GROUP BY 1;
        SELECT month, count(*), count(*) FILTER (orders >= 2) FROM (
            SELECT date_trunc('month', day) AS month, customer_id, count(*) AS orders FROM orders
            WHERE bought AND customer_id IS NOT NULL AND day BETWEEN $start AND $end GROUP BY 1, 2) GROUP BY 1
    """,
    "cohorts": """
        WITH months AS (SELECT customer_id, date_trunc('month', day) AS month FROM orders
            WHERE bought AND customer_id IS NOT NULL),
        first AS (SELECT customer_id, min(month) AS cohort FROM months GROUP BY 1)
        SELECT cohort, date_diff('month', cohort, month), count(DISTINCT customer_id)
        FROM months JOIN first USING (customer_id) GROUP BY 1, 2;
        WITH days AS (SELECT customer_id, day, row_number() OVER (PARTITION BY customer_id ORDER BY day) AS nth
            FROM (SELECT DISTINCT customer_id, day FROM orders WHERE bought AND customer_id IS NOT NULL))
        SELECT count(*) FILTER (b.day - a.day <= 30) FROM days a LEFT JOIN days b
            ON b.customer_id = a.customer_id AND b.nth = 2 WHERE a.nth = 1
    """,
    "rfm": """
        WITH people AS (SELECT customer_id, $end - max(day) AS days, count(*) AS orders, sum(net) AS net
            FROM orders WHERE bought AND customer_id IS NOT NULL GROUP BY 1),
        scored AS (SELECT ntile(5) OVER (ORDER BY days DESC) AS r, ntile(5) OVER (ORDER BY orders) AS f,
            ntile(5) OVER (ORDER BY net) AS m, net FROM people)
        SELECT r, f, m, count(*), sum(net) FROM scored GROUP BY ALL
    """,
    "products": """
        WITH baskets AS (SELECT DISTINCT order_id, sku FROM lines WHERE day BETWEEN $start AND $end),
        alone AS (SELECT sku, count(*) AS orders FROM baskets GROUP BY 1)
        SELECT a.sku, b.sku, count(*) AS orders FROM baskets a JOIN baskets b USING (order_id)
        WHERE a.sku < b.sku GROUP BY 1, 2 HAVING count(*) >= 5 ORDER BY 3 DESC LIMIT 20;
        SELECT sku, max(title), sum(quantity), sum(total), count(DISTINCT order_id), count(DISTINCT customer_id)
        FROM lines WHERE day BETWEEN $start AND $end GROUP BY 1 ORDER BY 4 DESC LIMIT 20;
        SELECT sku, max(day), sum(quantity) FROM lines GROUP BY 1;
        SELECT category, month(day), sum(quantity) FROM lines WHERE day BETWEEN $start AND $end GROUP BY 1, 2
    """,
}


def measured(database: Path, folder: Path, values: Mapping[str, str], times: int = 5) -> dict[str, float]:
    """CPU seconds that each question takes by hand, median; the tables are made first and not counted."""
    connection = duck.connect(folder, memory="800MB", threads=2)
    duck.load_sqlite_reader(connection)
    connection.execute(f"ATTACH '{duck.quoted(database)}' AS shop (TYPE sqlite, READ_ONLY)")
    connection.execute(f"CREATE TABLE orders AS {_ORDERS}")
    connection.execute(f"CREATE TABLE lines AS {_LINES}")
    connection.execute("DETACH shop")
    return {name: _median(connection, text, values, times) for name, text in QUESTIONS.items()}


def _median(connection: duckdb.DuckDBPyConnection, text: str, values: Mapping[str, str], times: int) -> float:
    taken = []
    for _turn in range(times):
        before = time.process_time()
        for statement in text.split(";"):
            used = {name: f"DATE '{value}'" for name, value in values.items()}
            for name, value in used.items():
                statement = statement.replace(f"${name}", value)
            connection.execute(statement).fetchall()
        taken.append(time.process_time() - before)
    return sorted(taken)[times // 2]
