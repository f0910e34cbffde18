"""What every HTTP app of ours shares: problems, request ids, logs, metrics and settings."""
