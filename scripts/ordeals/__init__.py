"""What scripts/torture does to logtrace, a module for each kind of harm; `run` of each gives what came of it."""
