"""All HTTP that Stack sends."""
