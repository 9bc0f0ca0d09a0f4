"""What holds where and when: permits, zones, teams, heat sources."""
