"""Embedder recipes."""
