"""A store over time: what stays, what is taken out, what is saved of a damaged one."""
