"""Records → spans → traces: pure functions, no input or output. Each room imports only from those below it.

trace       fragments → trace; why: the reasons for a parent; parents: those that no line names
learning    what is learnt of who calls whom
choice      parents, and how sure they are
evidence    what speaks for a parent
pace, skew  what spans do when; how far clocks differ
forest      spans of many traces as columns
spans       what lines say about spans, merged
"""
