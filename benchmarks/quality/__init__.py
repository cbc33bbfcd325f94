"""How good the checks are: precision, recall and F1 against labels, beside what others would have found.

From the ground up:

    sample                      a labelled series: what was sent, what of it is false
    pvanalytics_sets, homes, simulated
                                where samples come from
    inject                      faults put into a series that has none
    found                       what a detector answers: flags, and stretches of time
    ours, baselines             the detectors
    counts, readings, events    how an answer is compared with the labels
    delay                       how late the first word on an event comes
    tables, report, __main__    what is shown
"""
