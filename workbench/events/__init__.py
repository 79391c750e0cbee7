"""Events that stay on disk, sorted so that a question reads little more than its answer."""
