"""部件: the manhole covers, lamps, bins and benches of the street, each with its code, its place and who looks after it."""
