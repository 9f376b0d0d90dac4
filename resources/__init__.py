"""What assets are bound to: the artifact store, the profile, and the launcher of heavy steps on the device.

Nothing here knows an asset. See https://docs.dagster.io/guides/build/external-resources for the concept.
"""

from resources.artifacts import Artifacts
from resources.launcher import Launcher, WorkerFailed
from resources.profile import ProfileResource

__all__ = ["Artifacts", "Launcher", "ProfileResource", "WorkerFailed"]
