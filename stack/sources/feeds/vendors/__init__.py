"""One file for each vendor; each is found by being here."""
