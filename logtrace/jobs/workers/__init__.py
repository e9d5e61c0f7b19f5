"""Worker processes, and the memory that they hold. They know of no job."""
