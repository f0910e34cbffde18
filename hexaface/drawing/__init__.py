"""Annotated pictures."""
