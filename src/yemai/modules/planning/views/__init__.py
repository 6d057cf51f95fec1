"""Pages of the planning desk: studies and their plans, one plan, stations and sites, joint branches."""
