"""Handing on what was measured to the catalogues and trackers that a company has already."""
