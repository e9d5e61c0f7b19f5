"""Requests beside others: two of them, similar ones, two populations."""
