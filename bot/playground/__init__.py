"""A strict, stateful stand-in for GitHub on loopback, for `greffier playground` and as the tests' one fake."""
