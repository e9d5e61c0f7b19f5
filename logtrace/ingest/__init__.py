"""Files → records. Knows nothing of databases or terminals."""
