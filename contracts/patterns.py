"""The patterns that texts of requests must match, and what each says in words."""

IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,127}$"
IDEMPOTENCY_KEY = r"^[!-~]{1,120}$"
RATE_LIMIT = r"^[1-9][0-9]{0,8}/(second|minute|hour|day)$"
PAGE = r"^[A-Za-z0-9._@-]{0,128}$"

IN_WORDS = {
    IDENTIFIER: "must be 1 to 128 letters (a to z), digits and . _ @ -, beginning with a letter or a digit",
    IDEMPOTENCY_KEY: "must be 1 to 120 visible ASCII characters without spaces",
    RATE_LIMIT: "must be a number of requests per second, minute, hour or day, such as 600/minute",
    PAGE: "must be the `next` of the page before",
}
"""Pattern -> how a refusal puts it to a person."""
