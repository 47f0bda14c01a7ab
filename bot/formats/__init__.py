"""The forms of a review, one module each: `write(pull, entries, lang)` returns it as text, and nothing else."""
