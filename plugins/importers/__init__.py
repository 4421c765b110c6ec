"""Importers that come with crmcore."""
