"""Numbers as bars: HTML that reads well aloud, without a picture of the text."""

from collections.abc import Mapping
from html import escape

from nicegui import ui


def meters(values: Mapping[str, float], *, top: str | None = None, unit: str = "%") -> None:
    """One bar per value from 0 to 1, as a list of names and numbers; `top` is the one that stands out."""
    rows = "".join(_row(name, value, unit, top=name == top) for name, value in values.items())
    _html(f'<dl class="hf-meters">{rows}</dl>')


def _row(name: str, value: float, unit: str, *, top: bool) -> str:
    share = min(1.0, max(0.0, value))
    shown = f"{100 * value:.1f} %" if unit == "%" else f"{value:.2f}"
    mark = ' class="hf-top"' if top else ""
    return (
        f"<dt{mark}>{escape(name)}</dt>"
        f'<dd class="hf-track" aria-hidden="true"><span style="width:{100 * share:.1f}%"></span></dd>'
        f'<dd class="hf-value">{shown}</dd>'
    )


def interval(value: float, low: float, high: float, *, end: float) -> None:
    """A value with its interval on a scale from 0 to `end`; the numbers stand beside it as text."""
    left, width = 100 * low / end, 100 * (high - low) / end
    _html(
        f'<div class="hf-interval" aria-hidden="true"><span style="left:{left:.1f}%;width:{width:.1f}%"></span>'
        f'<b style="left:{min(100.0, 100 * value / end):.1f}%"></b></div>'
    )


def threshold_scale(value: float, threshold: float, low: float, high: float, *, good_above: bool) -> None:
    """A value against its threshold on a scale; the good side is green."""

    def place(number: float) -> float:
        return min(97.0, max(3.0, 100 * (number - low) / (high - low)))

    flip = "" if good_above else "transform:scaleX(-1)"
    cut = place(threshold) if good_above else 100 - place(threshold)
    _html(
        '<div style="position:relative" aria-hidden="true">'
        f'<div class="hf-scale" style="--cut:{cut:.1f}%;{flip}"></div>'
        f'<div class="hf-scale" style="--cut:0%;position:absolute;inset:0;margin:0;background:none;border-color:transparent">'
        f'<i style="left:{place(threshold):.1f}%"></i><b style="left:{place(value):.1f}%"></b>'
        f'<span class="hf-above" style="left:{min(94.0, max(6.0, place(value))):.1f}%">{value:.3f}</span>'
        f'<span class="hf-below" style="left:{min(85.0, max(15.0, place(threshold))):.1f}%">threshold {threshold:.3f}</span>'
        "</div></div>"
    )


def _html(content: str) -> None:
    # Everything that is not a number of ours has been escaped.
    ui.html(content, sanitize=False)
