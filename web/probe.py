"""`python -m web.probe [PATH] [PORT]`: the health check of an image, which has no curl and needs no shell."""

import http.client
import os
import sys

_SECONDS = 4
_OK = 200


def main(arguments: list[str]) -> int:
    """0 when the path answers 200, else 1 with the reason on stderr."""
    path = arguments[0] if arguments else "/readyz"
    port = int(arguments[1]) if len(arguments) > 1 else int(os.environ.get("HEXAFACE_PORT", "8000"))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read(400).decode(errors="replace")
    except OSError as error:
        sys.stderr.write(f"{path}: {error}\n")
        return 1
    finally:
        connection.close()
    if response.status != _OK:
        sys.stderr.write(f"{path}: {response.status} {body}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
