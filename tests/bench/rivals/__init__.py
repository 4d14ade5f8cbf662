"""Two honest rivals: the floor, below which nobody gets, and the draft, which is what one writes first."""
