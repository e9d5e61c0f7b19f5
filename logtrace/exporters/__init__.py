"""Values → what other programs read. Pure: no files, no store, nothing that is shown to people in a terminal."""
