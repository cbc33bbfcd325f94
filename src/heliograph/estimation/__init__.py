"""Estimates of energies that nobody measured: pure functions of what was measured around them and beside them."""
