"""The verdicts measured against a season of known truth: replay, score, sweep of thresholds."""
