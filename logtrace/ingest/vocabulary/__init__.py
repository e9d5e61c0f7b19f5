"""What keys and values of logs mean, in whatever format they stand: names, levels, ids, times, durations."""
