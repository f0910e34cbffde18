"""Charts as SVG in the colours of the page: text and axes follow it when it turns dark or light."""

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

# After Okabe & Ito, "Color Universal Design", 2008: colours that stay apart for every kind of colour vision.
_LINES = ["#d55e00", "#009e73", "#cc79a7", "#e69f00", "#3f7fd0", "#56b4e9", "#8a90a5"]
_BARS = ["#e69f00", "#56b4e9", "#8a90a5"]
_INK = "currentColor"
_FEWEST_LABELLED = 3  # a number is taller than the bar of fewer faces; hovering says it


def chart(options: dict[str, Any], label: str) -> ui.echart:
    """A chart; `label` is what a screen reader says in its place."""
    made = ui.echart(options, renderer="svg").classes("hf-chart").props('role="img"')
    made.props["aria-label"] = label
    return made


def lines(names: Sequence[str]) -> dict[str, Any]:
    """Shares from 0 to 1 over seconds, one line per name."""
    series = [
        {"name": name, "type": "line", "showSymbol": False, "smooth": True, "data": []} for name in names
    ]
    return _base(_LINES) | {
        "xAxis": {"type": "value", "name": "s", "min": "dataMin", "max": "dataMax", **_axis()},
        "yAxis": {"type": "value", "min": 0, "max": 1, **_axis()},
        "series": series,
    }


def stacked_bars(places: Sequence[str], counts: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """One bar per place, stacked of one count per name."""
    series = [
        {
            "name": name,
            "type": "bar",
            "stack": "all",
            "barMaxWidth": 56,
            "data": [_bar(value) for value in values],
            "label": {"show": True, "color": "#10121a"},
        }
        for name, values in counts.items()
    ]
    return _base(_BARS) | {
        "xAxis": {"type": "category", "data": list(places), **_axis()},
        "yAxis": {"type": "value", "name": "faces", **_axis()},
        "series": series,
    }


def _bar(count: int) -> dict[str, Any]:
    return {"value": count} | ({"label": {"show": False}} if count < _FEWEST_LABELLED else {})


def _base(colours: list[str]) -> dict[str, Any]:
    return {
        "color": colours,
        "animation": False,
        "textStyle": {"color": _INK},
        "legend": {"textStyle": {"color": _INK}, "top": 0},
        "tooltip": {"trigger": "axis"},
        "grid": {"left": 48, "right": 24, "top": 64, "bottom": 36},
        "aria": {"enabled": True},
    }


def _axis() -> dict[str, Any]:
    return {
        "axisLabel": {"color": _INK, "hideOverlap": True},
        "nameTextStyle": {"color": _INK},
        "axisLine": {"lineStyle": {"color": _INK}},
        "splitLine": {"lineStyle": {"color": "#8a90a540"}},
    }
