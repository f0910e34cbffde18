"""API keys: secrets, their rows, and who may do what."""
