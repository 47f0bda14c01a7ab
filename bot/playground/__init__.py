"""A strict, stateful stand-in for GitHub on loopback: the playground of `greffier playground`, and the tests' one fake."""
