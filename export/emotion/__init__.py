"""Emotion recipes."""
