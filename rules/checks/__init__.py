"""What JSON Schema cannot say: one small generator per rule."""
