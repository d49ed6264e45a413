"""One file for each service that is asked; found by being there."""
