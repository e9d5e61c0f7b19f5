"""Dialects of the user's own, as a configuration tells them."""
