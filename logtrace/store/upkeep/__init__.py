"""What people and receivers leave in a store, what stays how long, and what it holds."""
