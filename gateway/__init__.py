"""The public REST API: detection first, then every feature at once, merged into one answer."""
