"""Attributes recipes."""
