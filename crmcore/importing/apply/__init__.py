"""Applying staged records to the shop, chunk by chunk of whole customers, in set-wise SQL.

The same statements run on SQLite and PostgreSQL. A dry run runs them too and takes each chunk back, so that
what a plan says and what an import does cannot differ.
"""
