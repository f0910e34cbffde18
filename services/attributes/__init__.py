"""The attributes service."""
