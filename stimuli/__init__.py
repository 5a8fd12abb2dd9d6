"""Sets of images: import, check, hash, describe, load pixels."""
