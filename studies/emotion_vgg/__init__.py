"""The student project's VGG-like network for expressions, trained from scratch: the baseline."""
