"""Reads of assessment, limited to what the actor may see."""
