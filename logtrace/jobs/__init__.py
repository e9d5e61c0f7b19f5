"""What takes time, in rooms: each imports only from those below it.

push, parquet   traces handed over; Parquet as a store
following       an ingest that does not end
keeping         what stays, what is taken out, what is saved
checkups        what the doctor looks at
verbs           what is asked of an opened store
statistics      numbers about many requests
intake          files → rows
assembly        rows → traces
lines           raw lines, of files and of a store
workers         processes
"""
