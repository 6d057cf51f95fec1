"""Planning desk (规划): who lives where decides how the ground is divided, served and joined."""
