"""A heat map as a picture."""

from __future__ import annotations

import io
from datetime import UTC, datetime, tzinfo
from typing import Any

from logtrace.analysis.heatmap import Heatmap, bound_ms
from logtrace.errors import UsageError
from logtrace.units import NS, NS_PER_S, counted, format_duration

KINDS = ("png", "svg", "pdf")
_INCHES = (12, 6)


def heatmap_picture(found: Heatmap, of: str, zone: tzinfo, kind: str) -> bytes:
    """The map as a file of a kind. Raises UsageError where the library that draws is not installed."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError("pictures take matplotlib, which is not installed", "pip install 'logtrace[plot]'") from error
    with mpl.rc_context({"text.parse_math": False, "svg.hashsalt": "logtrace"}):  # a $ in a name is no formula
        figure = Figure(figsize=_INCHES, layout="constrained")
        _draw(figure.add_subplot(), found, of, zone, figure)
        out = io.BytesIO()
        figure.savefig(out, format=kind, metadata={"Date": None} if kind == "svg" else None)
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
    mesh = axes.pcolormesh(dates.date2num(edges), bounds, shown, norm=LogNorm(1, max(2, counts.max())), cmap="viridis")
    figure.colorbar(mesh, label="spans", format=FuncFormatter(lambda spans, _: f"{spans:,.0f}"))
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda ms, _: format_duration(round(ms * NS["ms"]))))
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(dates.AutoDateLocator(), tz=zone))
    axes.xaxis_date(zone)
    axes.set_title(f"{of}: {counted(found.spans, 'span')}, {format_duration(found.step_ns)} a column")
    axes.set_xlabel(str(zone))
    axes.set_ylabel("duration")
