"""One file for each engine that computes here; found by being there."""
