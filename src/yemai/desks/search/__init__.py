"""Search: one box over cases, people, places and documents."""
