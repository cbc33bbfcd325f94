"""How good the checks are: precision, recall and F1 against labels, beside what others would have found.

From the ground up:

    sample                      a labelled series, and what a detector answers of it
    pvanalytics_sets, homes     labelled sets and real homes, and the results on them
    simulated                   the simulator's fleet
    inject                      faults put into a series that has none
    real_sites                  real sites with labels, and the script that scores them
    real_injected, real_variants  faults put into them, and variants without any
    real, real_tables           the results on them
    ours, detectors             who is compared
    counts, events              how an answer is compared with the labels
    fleet                       the results on the simulator's fleet
    tables, report, __main__    what is shown
"""
