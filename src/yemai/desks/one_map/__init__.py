"""一张图: the ground and all that stands and happens on it, on one map beside one list."""
