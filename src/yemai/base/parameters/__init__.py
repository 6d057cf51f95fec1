"""Rules, limits and formulas as versioned data, and the working calendar."""
