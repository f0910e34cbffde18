"""What can go wrong for a client.

HexafaceError
|-- InvalidArgumentError   what was given cannot be sent: the server would refuse it (also a ValueError)
|-- UnreachableError       no server answers at the address
`-- ServerProblemError     the server answered with an RFC 9457 problem
"""

from contracts.problems import Problem


class HexafaceError(Exception):
    """Any failure of a call to HexaFace."""


class InvalidArgumentError(HexafaceError, ValueError):
    """An id or an option that no server accepts; nothing was sent."""


class UnreachableError(HexafaceError):
    """No server answers at the address."""


class ServerProblemError(HexafaceError):
    """The server answered with a problem; `problem.type` is stable, `problem.detail` says what to do."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        super().__init__(f"{problem.title} ({problem.status}): {problem.detail}")
        self.problem = problem
        self.retry_after = retry_after
