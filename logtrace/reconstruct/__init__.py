"""Records → spans → traces: pure functions, no input or output."""
