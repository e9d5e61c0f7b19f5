"""Files to read: named, found, told apart, followed, taken out of what they are packed in."""
