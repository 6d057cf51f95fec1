"""A real neighbourhood with real messages: builds it from footprints and replays what residents wrote."""
