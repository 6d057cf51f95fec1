"""Buildings from files: sheets as offices keep them, and layers of footprints."""
