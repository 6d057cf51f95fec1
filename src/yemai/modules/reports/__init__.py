"""报表（一表通）: the senders' own tables, mapped once, filled by the system, gaps asked once and remembered."""
