"""The documented JSON shapes of answers: plain values with a version, for machines."""
