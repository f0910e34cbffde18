"""Options of the charts, in the colours of the page."""

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

# After Okabe & Ito, "Color Universal Design", 2008: colours that stay apart for every kind of colour vision.
_LINES = ["#d55e00", "#009e73", "#cc79a7", "#e69f00", "#3f7fd0", "#56b4e9", "#8a90a5"]
_BARS = ["#e69f00", "#56b4e9", "#8a90a5"]


async def ink() -> str:
    """The colour of text on this page as it is now, dark or light."""
    dark = await ui.run_javascript("return Quasar.Dark.isActive", timeout=5)
    return "#e8eaf3" if dark else "#191c28"


def lines(names: Sequence[str], text_colour: str) -> dict[str, Any]:
    """Shares from 0 to 1 over seconds, one line per name."""
    series = [
        {"name": name, "type": "line", "showSymbol": False, "smooth": True, "data": []} for name in names
    ]
    return _base(text_colour, _LINES) | {
        "xAxis": {"type": "value", "name": "s", "min": "dataMin", "max": "dataMax", **_axis(text_colour)},
        "yAxis": {"type": "value", "min": 0, "max": 1, **_axis(text_colour)},
        "series": series,
    }


def stacked_bars(
    places: Sequence[str], counts: Mapping[str, Sequence[int]], text_colour: str
) -> dict[str, Any]:
    """One bar per place, stacked of one count per name."""
    series = [
        {
            "name": name,
            "type": "bar",
            "stack": "all",
            "barMaxWidth": 56,
            "data": list(values),
            "label": {"show": True, "color": "#10121a"},
        }
        for name, values in counts.items()
    ]
    return _base(text_colour, _BARS) | {
        "xAxis": {"type": "category", "data": list(places), **_axis(text_colour)},
        "yAxis": {"type": "value", "name": "faces", **_axis(text_colour)},
        "series": series,
    }


def _base(text_colour: str, colours: list[str]) -> dict[str, Any]:
    return {
        "color": colours,
        "animation": False,
        "textStyle": {"color": text_colour},
        "legend": {"textStyle": {"color": text_colour}, "top": 0},
        "tooltip": {"trigger": "axis"},
        "grid": {"left": 48, "right": 24, "top": 64, "bottom": 36},
        "aria": {"enabled": True},
    }


def _axis(text_colour: str) -> dict[str, Any]:
    return {
        "axisLabel": {"color": text_colour, "hideOverlap": True},
        "nameTextStyle": {"color": text_colour},
        "axisLine": {"lineStyle": {"color": text_colour}},
        "splitLine": {"lineStyle": {"color": "#8a90a540"}},
    }
