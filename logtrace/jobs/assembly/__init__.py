"""Rows of spans → traces, in worker processes: parts of one span joined, parents that no line names inferred, clocks compared."""
