"""What secrets look like in the bytes of a log: names that have one beside them (names), shapes that are one (shapes), how far
one goes (values), and private keys over several lines (armour). `ingest.redact` takes them out.

All patterns are for bytes, in RE2's syntax where they are searched for in whole blocks. A pattern of a block only finds where
to look: what it finds is checked by the functions here, which see little of the text and may take their time.
"""
