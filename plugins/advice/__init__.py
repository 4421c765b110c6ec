"""Advice plugins: what to say to a customer now, and panels beside her card."""
