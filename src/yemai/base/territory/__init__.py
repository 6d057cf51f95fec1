"""The ground: a dated tree of nodes with boundaries, their buildings, and the address book over them."""
