"""What a store holds, what was done to it, and what it knows to read."""
