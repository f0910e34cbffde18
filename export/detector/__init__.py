"""Detector recipes."""
