"""What GitHub should show of an admission request, and the command line."""

VERSION = "0.1.0"
PROJECT = "https://github.com/betagouv/greffier"
