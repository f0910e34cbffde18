"""CompreFace's API, as compreface-sdk speaks it: docs/compreface.md says what is there and what differs."""
