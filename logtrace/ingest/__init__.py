"""Files → records. Knows nothing of databases or terminals. Each room imports only from those below it.

records         lines → records: the decoder; general, in_order, wrapped: what it can't read many at once
redact          secrets out of a block, before anything is kept; secrets: what is one
glance          what lines name, without a record
texts           lines of text, many at once
pieces          where logs may be parted
discover        what an unknown log may mean
objects         JSON objects, by shape
uniform         the quick way: lines that share their keys
columns         records of one shape, concept by concept
own             dialects of the user's own
envelopes       wrappers around lines, one a file
exports         what other tools export
formats         dialects, one a file
vocabulary      what keys and values mean
files           named, found, followed, unpacked
"""
