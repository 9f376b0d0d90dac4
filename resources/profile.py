"""The profile as a resource: which machine, which students, which settings."""

import dagster as dg

from distil_dagster.profile import Profile, load_profile


class ProfileResource(dg.ConfigurableResource["ProfileResource"]):
    """Reads the profile that DISTIL_PROFILE names."""

    def load(self) -> Profile:
        """The profile, read and checked. Raises ProfileError."""
        return load_profile()
