"""The public routes, one module per subject."""
