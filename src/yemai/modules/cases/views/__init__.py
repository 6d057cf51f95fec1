"""Pages of the closed loop: residents without an account, and the people who work on cases."""
