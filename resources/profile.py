"""The profile as a resource: which machine, which students, which settings."""

import dagster as dg

from distil_dagster.profile import Profile, load_profile


class ProfileResource(dg.ConfigurableResource["ProfileResource"]):
    """Reads `profiles/<name>.yaml`; without a name, the one that DISTIL_PROFILE says."""

    name: str = ""

    def load(self) -> Profile:
        """The profile, read and checked. Raises ProfileError."""
        return load_profile(self.name or None)
