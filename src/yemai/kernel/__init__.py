"""Yemai: one self-hosted system for neighbourhood governance by micro-grids."""
