"""Who may do what where: reach over the ground, the doors before every page, and signing in."""
