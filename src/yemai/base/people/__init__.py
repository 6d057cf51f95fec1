"""People, the posts they hold on the ground or in a department, their teams, and who stands in for whom."""
