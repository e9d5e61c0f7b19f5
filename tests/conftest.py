"""What all tests share: an environment of their own, and the program as people run it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent
LOOK = {"NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES", "PAGER"}

# a busy machine is no health of a test: how long examples take to draw says nothing
settings.register_profile(
    "logtrace", deadline=None, derandomize=bool(os.environ.get("CI")), suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("quick", settings.get_profile("logtrace"), max_examples=15)
settings.load_profile("logtrace")

signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts with & ignores it, and so do its children

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(autouse=True, scope="session")
def _own_environment(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test sees or touches the store and the settings of whoever runs it."""
    for name in [name for name in os.environ if name.startswith("LOGTRACE_") or name in LOOK]:
        del os.environ[name]
    home = tmp_path_factory.mktemp("home")
    os.environ |= {"HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "XDG_CONFIG_HOME": str(home / "config"), "TZ": "UTC"}
    os.environ["PYTHONPATH"] = str(ROOT)


@pytest.fixture(scope="session")
def logtrace() -> Run:
    """Runs `logtrace ARG…` in a process of its own; `code` is the exit code it must end with."""

    def run(*args: object, code: int = 0, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "logtrace", *map(str, args)]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == code, f"{' '.join(command)}\n→ exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return run
