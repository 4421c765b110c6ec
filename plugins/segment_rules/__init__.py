"""Segment rules that come with crmcore."""
