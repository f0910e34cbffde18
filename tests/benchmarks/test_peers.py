"""The comparison with peers, without any peer: small servers of the standard library stand in for them."""

import sys
from contextlib import ExitStack
from functools import partial

from benchmarks.peers.measuring import compare, start_all
from benchmarks.peers.table import Cell, Row, head, left_out, lines
from benchmarks.peers.toolkits import DETECTION, EVERYTHING, NotMeasuredError, Toolkit, toolkits
from benchmarks.servers import free_port, started

SERVER = """
import http.server, sys

class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(int(sys.argv[2]))
        self.end_headers()
        self.wfile.write(sys.argv[3].encode())

http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answers).serve_forever()
"""


def toolkit(name, status=200, text='{"faces": [1, 2]}', ways=(DETECTION, EVERYTHING)):
    def start():
        port = free_port()
        return started([[sys.executable, "-c", SERVER, f"{port}", f"{status}", text]], port, ready="/")

    asked = (lambda client, picture: client.build_request("POST", "/", content=picture),)
    return Toolkit(name, "1.0", start, dict.fromkeys(ways, asked))


def not_installed():
    raise NotMeasuredError("its packages could not be installed here")


def test_whoever_answers_is_measured_and_the_others_are_named_with_the_reason():
    every = [
        toolkit("ours"),
        toolkit("partial", ways=[EVERYTHING]),
        toolkit("weightless", 400, "no luck with https://github.com/someone/weights.h5"),
        toolkit("broken", 500, "out of\n order"),
        Toolkit("absent", "1.0", not_installed, {}),
        Toolkit("dying", "1.0", partial(started, [[sys.executable, "-c", ""]], free_port()), {}),
    ]
    with ExitStack() as stack:
        able, reasons = start_all(stack, every, b"picture")
        detection = compare(able, DETECTION, b"picture", at_once=(1, 2), seconds=0.05)
        everything = compare(able, EVERYTHING, b"picture", at_once=(1,), seconds=0.05)

    assert reasons == {
        "weightless 1.0": "its weights come from GitHub",
        "broken 1.0": "it answered 500: out of order",
        "absent 1.0": "its packages could not be installed here",
        "dying 1.0": "its server ended at once",
    }
    assert [(row.toolkit, row.faces, list(row.cells)) for row in detection] == [("ours 1.0", 2, [1, 2])]
    assert [row.toolkit for row in everything] == ["ours 1.0", "partial 1.0"]
    assert all(
        cell.per_second > 0 and cell.median_ms > 0 for row in everything for cell in row.cells.values()
    )


def test_the_table_shows_the_fastest_in_bold_and_what_was_refused_as_a_dash():
    rows = [
        Row("ours", 35, {1: Cell(9.5, 105.4, 190.2), 8: Cell(11.0, 700.0, 170.0)}),
        Row("theirs", 34, {1: Cell(0.254, 3940.0, 3900.0)}),
    ]

    assert lines("35 faces", "detection", rows, (1, 8)).splitlines() == [
        "| 35 faces | detection | ours | 35 | **9.5** | **11.0** | 105 | 700 | 170 |",
        "| 35 faces | detection | theirs | 34 | 0.25 | - | 3940 | - | 3900 |",
    ]


def test_every_line_of_the_table_has_as_many_columns_as_its_head():
    rows = [Row("ours", 1, {1: Cell(9.5, 105.4, 190.2)}), Row("theirs", 0)]
    table = "\n".join(
        [head((1, 4, 8)), lines("one", "detection", rows, (1, 4, 8)), left_out({"a": "b"}, (1, 4, 8))]
    )

    assert {line.count("|") for line in table.splitlines()} == {12}


def test_each_peer_is_named_with_its_locked_version():
    named = {one.name: one.version for one in toolkits()}

    assert {"HexaFace", "face_recognition", "DeepFace", "Human"} == set(named)
    assert all(version[0].isdigit() and version.count(".") >= 2 for version in named.values())
