"""One request as a tree with bars on one time axis, and all about one of its spans."""
