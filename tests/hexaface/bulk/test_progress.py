import io

from rich.console import Console

from hexaface.bulk.progress import watching


def test_the_bar_says_what_it_counts():
    terminal = Console(file=io.StringIO(), force_terminal=True, width=100)

    with watching(60, "frames", terminal) as tick:
        tick(30)

    assert "frames" in terminal.file.getvalue()
    assert "30/60" in terminal.file.getvalue()
