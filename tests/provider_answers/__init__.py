"""One module of recorded answers for each provider, of the provider's module name."""
