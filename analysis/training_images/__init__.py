"""Images that a model was trained on, found by hash, by likeness or by name."""
