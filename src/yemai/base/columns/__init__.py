"""What the system knows, as columns of tables: each room registers its own, forms and reports read many rows at once."""
