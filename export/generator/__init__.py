"""Generator recipes."""
