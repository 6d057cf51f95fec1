"""A plan of micro-grids is adopted: the groups of the planning desk become a dated change of the ground."""
