"""One file for each format of files; found by being there."""
