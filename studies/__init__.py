"""What was tried and ships nothing; each study runs again, its result is in README.md."""
