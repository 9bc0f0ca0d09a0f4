"""Questions to an opened workspace: read from the store, call the core, keep nothing."""
