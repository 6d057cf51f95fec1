"""The ground, its buildings and its cases for GIS programs: OGC API - Features, Parts 1 and 2, read only."""
