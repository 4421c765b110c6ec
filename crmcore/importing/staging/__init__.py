"""Staging: what files say, brought into one shape in a private database of its own.

Nothing here knows the shop. Tables of text go in (`rows`), are cleaned set by set in DuckDB, and come out as
the records to apply (`export`): people with what identifies them, orders with lines, refunds, interactions.
"""
