"""The web portal: one page of plain modules that calls the public API from the reader's browser."""
