"""Rules against traces: each is judged as traces go by, one after the other; only numbers are kept of them."""
