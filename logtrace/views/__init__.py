"""Values → what people see: rich renderables and plain values. Nothing in here prints. Each room imports only
from those below it.

requests    one request in other forms than a tree
upkeep      what a store holds, what was done to it, and what it knows to read
verdicts    what check and lint found, for people and for the systems that run them
json        the documented shapes, for machines
comparing   requests beside others
windows     numbers about many requests of a window
errors      errors by kind and of one request
lists       traces, spans and rows as lists
lines       log lines
tree        one request as a tree with bars on one time axis
elements    what all are made of: text made safe, names, signs, colours, columns
"""
