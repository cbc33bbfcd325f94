"""What is measured: each module makes one run of a program. `make(settings)` is its init, what it gives is a run."""
