"""The web portal: face applications in the browser, a client of the public API and nothing more."""
