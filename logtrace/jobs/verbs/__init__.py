"""What is asked of an opened store, and what is said to it."""
