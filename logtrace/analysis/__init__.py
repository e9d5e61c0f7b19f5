"""Traces → findings: pure functions. Each room imports only from those below it.

checks      what is wrong with logs and traces, one finding a file
alerting    alerts as traces go by; baseline, profile: what operations did when all was well
rules       what a rule in words demands of traces; verdicts: what came of rules and checks
cohorts     populations of requests compared
statistics  numbers of many requests
traces      single traces, and two of them
"""
