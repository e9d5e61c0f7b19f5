"""Paces: what spans do when, turn by turn, and the trees that fit that best."""
