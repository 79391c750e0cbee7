"""Build and inspect ad audiences."""
