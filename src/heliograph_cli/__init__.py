"""heliograph_cli."""
