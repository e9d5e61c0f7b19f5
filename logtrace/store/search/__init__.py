"""Which traces a person means: by what they give to name one, or by an expression."""
