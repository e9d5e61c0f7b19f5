"""Handing traces over to a collector or to Jaeger, by OTLP.

traces of the store → spans it was not sent yet → batches → sender (HTTP or gRPC) → what was taken is noted in the store
"""
