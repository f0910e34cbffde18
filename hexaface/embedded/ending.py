"""The end of a process that this one started: asked first, made to after a while."""

import subprocess


def end(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Ask a process to end and wait; kill it when it has not after so many seconds."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
