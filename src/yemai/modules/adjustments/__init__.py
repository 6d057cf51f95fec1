"""网格调整: dated changes of the ground, planned before their day and undone until then."""
