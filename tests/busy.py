"""How much longer things may take on a machine that does other work too."""

from __future__ import annotations

import os


def slack() -> float:
    """A factor for limits of time: 1.5, and more where others wait for a processor as well."""
    return 1.5 + 2 * os.getloadavg()[0] / (os.cpu_count() or 1)
