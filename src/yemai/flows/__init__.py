"""Flows: the only place where what one module decided acts on another."""
