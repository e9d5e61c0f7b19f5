"""How far clocks differ, from what spans of several hosts show."""
