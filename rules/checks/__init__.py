"""What a machine decides: one small generator per rule."""
