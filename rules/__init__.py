"""What is admissible in the catalogue: pure rules, no network, clock or environment."""
