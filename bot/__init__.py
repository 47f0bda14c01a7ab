"""The command line of greffier."""
