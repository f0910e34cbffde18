"""The published accuracy report: every served model, measured through the product's own path."""
