"""Shares, ratios and rates as people write them."""

from __future__ import annotations


def percent(part: float, whole: float) -> str:
    """`92 %`; `<1 %` where there is something, `100 %` only where it is all."""
    if whole <= 0 or part <= 0:
        return "0 %"
    share = 100 * part / whole
    return "<1 %" if share < 1 else f"{min(round(share), 99 if part < whole else 100)} %"


def share_text(share: float) -> str:
    """A share in percent: with a digit where it is small; "" for nothing, never 0 or 100 for what is more or less."""
    if share <= 0:
        return ""
    if share < 0.001:
        return "<0.1 %"
    if share < 0.0995:
        return f"{share * 100:.1f} %"
    return f"{min(share * 100, 99 if share < 1 else 100):.0f} %"


def ratio_text(ratio: float, times: str = "×") -> str:
    """A ratio with three significant digits."""
    return f"{ratio:.0f}{times}" if ratio >= 99.95 else f"{ratio:.3g}{times}"


def brief_ratio_text(ratio: float | None, times: str = "×") -> str:
    """A ratio of two single spans, `106×`, `14.1×`, `0.62×`; nothing where one of them took no time."""
    if ratio is None:
        return ""
    return (f"{ratio:,.0f}" if ratio >= 99.95 else f"{ratio:.2g}" if ratio < 9.95 else f"{ratio:.3g}") + times


def rate_text(per_s: float | None) -> str:
    """How often: 11.1/s, 3/min, 2/h; "" where that is not known."""
    if per_s is None:
        return ""
    for unit, size in (("s", 1), ("min", 60), ("h", 3600)):
        if per_s * size >= 1 or unit == "h":
            return f"{per_s * size:.3g}/{unit}" if per_s * size < 999.5 else f"{per_s * size:,.0f}/{unit}"
    return ""
