"""The ground from other people's files: read, surveyed, mended where somebody says so, laid."""
