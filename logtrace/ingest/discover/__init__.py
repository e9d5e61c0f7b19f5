"""An unknown dialect → what its keys seem to mean: the heuristics behind `logtrace formats explain`.

    (text → layout →) rows → columns → ids (trace, span, parent) → clocks → times and durations → words → proposal

A guess is always shown as one, with its reason, and is used only once a person has put it into a configuration.
"""
