"""Numbers of many requests: times, counts, sums, kinds of errors, who calls whom."""
