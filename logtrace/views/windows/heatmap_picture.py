"""A heat map as a picture."""

from __future__ import annotations

import io
from datetime import UTC, datetime, tzinfo
from typing import Any

from logtrace.analysis.statistics.heatmap import Heatmap, bound_ms
from logtrace.errors import UsageError
from logtrace.units import NS, NS_PER_S, counted, format_duration

KINDS = ("png", "svg", "pdf")
_INCHES, _DPI = (12, 6), 100
_AXES, _BAR = (0.075, 0.11, 0.82, 0.8), (0.91, 0.11, 0.015, 0.8)
"""Where the map and the scale of its colours lie, in parts of the picture: to let it be found out takes as long as to draw."""


def heatmap_picture(found: Heatmap, of: str, zone: tzinfo, kind: str) -> bytes:
    """The map as a file of a kind. Raises UsageError where the library that draws is not installed."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError("pictures take matplotlib, which is not installed", "pip install 'logtrace[plot]'") from error
    with mpl.rc_context({"text.parse_math": False, "svg.hashsalt": "logtrace"}):  # a $ in a name is no formula
        figure = Figure(figsize=_INCHES)
        _draw(figure.add_axes(_AXES), found, of, zone, figure)
        out = io.BytesIO()
        figure.savefig(out, format=kind, dpi=_DPI, metadata={"Date": None} if kind == "svg" else None)
    return out.getvalue()


def _draw(axes: Any, found: Heatmap, of: str, zone: tzinfo, figure: Any) -> None:
    import numpy as np
    from matplotlib import dates
    from matplotlib.colors import LogNorm
    from matplotlib.ticker import FuncFormatter

    buckets = found.buckets or range(1)
    counts = np.zeros((len(buckets), found.steps))
    for cell in found.cells:
        counts[cell.bucket - buckets.start, (cell.start_ns - found.since_ns) // found.step_ns] += cell.spans
    edges = [datetime.fromtimestamp((found.since_ns + at * found.step_ns) / NS_PER_S, UTC) for at in range(found.steps + 1)]
    bounds = [bound_ms(bucket) for bucket in range(buckets.start, buckets.stop + 1)]
    shown = np.ma.masked_equal(counts, 0)
    colours = LogNorm(1, max(2, counts.max()))
    mesh = axes.pcolormesh(
        dates.date2num(edges), bounds, shown, norm=colours, cmap="viridis", rasterized=True
    )  # not 40,000 paths
    figure.colorbar(mesh, figure.add_axes(_BAR), label="spans", format=FuncFormatter(lambda spans, _: f"{spans:,.0f}"))
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda ms, _: format_duration(round(ms * NS["ms"]))))
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(dates.AutoDateLocator(), tz=zone))
    axes.xaxis_date(zone)
    axes.set_title(f"{of}: {counted(found.spans, 'span')}, {format_duration(found.step_ns)} a column")
    axes.set_xlabel(str(zone))
    axes.set_ylabel("duration")
