"""The parents of spans that name none, and how sure they are."""
