"""What is inside a file, of whatever format. Pure; runs in the sandbox only."""
