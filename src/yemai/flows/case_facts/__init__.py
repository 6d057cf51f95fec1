"""Cases become the facts that assessment counts: kept as cases change, within seconds."""
