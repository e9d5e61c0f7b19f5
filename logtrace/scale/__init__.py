"""The same reading and the same reconstruction on Apache Spark, for logs that no one machine holds.

objects → splits → (workers) rows of spans, as an ingest makes them
                     pass 1   what every split counted; a sample of traces, which the model and the clocks are learned from
                     pass 2   rows of one trace meet, are assembled with that model, and become Parquet
"""
