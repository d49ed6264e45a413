"""What readers of executables share: packing, calls, names of sections. Pure; runs in the sandbox only."""
