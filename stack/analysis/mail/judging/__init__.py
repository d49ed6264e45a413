"""What a mail means: pure rules over what the sandbox read and DNS said."""
