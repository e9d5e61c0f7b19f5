"""The quick way: lines that share most of their keys, read together."""
