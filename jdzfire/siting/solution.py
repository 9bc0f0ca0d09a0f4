"""What every solver of siting gives back: sites, their value, and a proven bound."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Solution:
    """Sites with a value, and a bound that no choice of sites can pass."""

    sites: tuple[int, ...]
    """Columns of the matrix, ascending."""
    value: float
    """What these sites give, computed from the matrix and not by the solver."""
    bound: float
    """No choice is better than this: from above when more is better, else from below."""
    is_optimal: bool
    """The value reaches the bound, but for rounding."""
    seconds: float
    """Time it took [s]."""

    @property
    def gap(self) -> float:
        """How far value and bound are apart, as a share of the value; 0 when both are 0."""
        apart = abs(self.bound - self.value)
        if apart == 0:
            return 0.0
        return apart / abs(self.value) if self.value else float("inf")
