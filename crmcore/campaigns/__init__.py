"""Campaigns: who is to hear from the shop, what went out, and what it earned."""
