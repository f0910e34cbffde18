"""Runs of `hexaface bulk` that are killed at random moments and started again, until one ends by itself."""

import random
import signal
import subprocess
import sys
import time

import psutil

_KILLS = 3


def bulk(*arguments):
    line = [sys.executable, "-m", "hexaface.commands.app", "bulk", *map(str, arguments)]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def killed_until_done(*arguments, out):
    """How often it was killed. The seed is printed, which pytest shows when the test fails."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201
    chance, kills = random.Random(seed), 0
    while True:
        process = bulk(*arguments, "--out", out)
        if not _await(process, out, more=chance.randrange(5) if kills < _KILLS else 99):
            break
        time.sleep(chance.random() * 0.3)
        workers = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += 1
        assert not psutil.wait_procs(workers, timeout=30)[1]
    _, err = process.communicate()
    assert process.returncode == 0, err
    return kills


def _await(process, out, *, more):
    """Wait until the run has written so many files more; False when it ended before."""
    there = _files(out)
    while _files(out) < there + more:
        if process.poll() is not None:
            return False
        time.sleep(0.01)
    return process.poll() is None


def _files(out):
    return len(list(out.glob("*/[!._]*")))
