"""Is it the same again: the normal form of a text, how alike two are, what a town says over and over. No Django here."""
