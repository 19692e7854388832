"""Building a data home into a lake: the whole graph by the same project, and then a release.

Lives here: running dbt with the target `lake`. Does not: any model; whether the home's rows may be
released (`pipelines.checks`).
"""

from collections.abc import Sequence

from pipelines.home import code_version
from pipelines.lake.catalog import connect, environment
from pipelines.lake.releases import LakeRelease, release
from pipelines.release import dbt
from pipelines.settings import Settings

# Unit tests prove the code, not the data.
EXCLUDED = ("--exclude", "resource_type:unit_test")


def build(settings: Settings) -> LakeRelease:
    """Build every model of a data home into the lake, test it, and make it the current release.

    Readers go on with the release that they pin: a build that fails leaves them where they are.

    Raises:
        DbtError: A model or test failed: what dbt says of each.
    """
    run(settings, "--select", "fqn:*")
    return release(settings, code_version.release())


def run(settings: Settings, *arguments: str, exclude: Sequence[str] = ()) -> dbt.Results:
    """Build a selection into the lake, which is made if it is missing; return each node's result.

    Raises:
        DbtError: A model or test failed: what dbt says of each.
    """
    with connect(settings):
        pass
    results = dbt.run(
        settings, "build", *arguments, *EXCLUDED, *exclude, lake=environment(settings)
    )
    if error := dbt.failures(results):
        raise dbt.DbtError(f"Nothing is released. {error}")
    return results
