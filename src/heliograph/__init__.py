"""Heliograph's core: what a reading is, what can be wrong with it, and where things are kept.

The core imports no Lambda and opens nothing when imported. Time, randomness and AWS clients are passed in.
"""

__version__ = "0.1.0"
