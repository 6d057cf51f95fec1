"""Keys for machines, and the guard before every operation of the API: who may call it, how often, for what."""
