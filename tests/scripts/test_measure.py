"""The bench's own yardstick: children count, and a failure is told."""

from __future__ import annotations

import sys

from measure import measure

TWO_CHILDREN = """
import os, time
begun, ended = os.pipe(), os.pipe()
children = []
for _ in range(2):
    pid = os.fork()
    if pid == 0:
        os.close(ended[1])
        held = b"x" * 40_000_000
        begin = time.process_time()
        while time.process_time() - begin < 0.15: pass
        os.write(begun[1], b"x")
        os.read(ended[0], 1)  # until both have all of theirs, and somebody has had the time to look
        os._exit(0)
    children.append(pid)
for _ in children: os.read(begun[0], 1)
time.sleep(1)
os.close(ended[1])
for pid in children: os.waitpid(pid, 0)
"""


def test_memory_and_time_of_child_processes_count():
    found = measure([sys.executable, "-c", TWO_CHILDREN])
    assert found.exit_code == 0 and found.said == ""
    assert found.peak_pss_mb > 80
    assert 0.3 < found.cpu_s < found.wall_s * 2 + 1


def test_a_failure_is_told_with_its_last_words():
    found = measure([sys.executable, "-c", "import sys; sys.exit('no such thing')"])
    assert (found.exit_code, found.said) == (1, "no such thing")
