"""Events: hotspots that are one fire, with stable ids."""
