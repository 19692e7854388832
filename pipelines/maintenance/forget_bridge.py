"""Forgetting identity bridges: the home is then one that never had any.

Lives here: what is removed, and linking again without it. Does not: any rule of linkage.
"""

import shutil

from pipelines.errors import UserError
from pipelines.intake import ledger
from pipelines.linkage.identities import BRIDGES
from pipelines.linkage.run import refresh_crosswalk
from pipelines.settings import Settings


def forget_bridge(settings: Settings) -> int:
    """Remove all that identity bridges delivered, link without it, and return the persons left.

    The home names no agreement any more; a setting that does is the operator's.

    The model is trained anew, since it learned from the bridge too. Persons whom nothing else ties
    together come apart, and their parts get the ids they would have had; all others keep theirs.
    Releases and backups made before are not touched.

    Raises:
        UserError: No bridge was ever delivered here.
    """
    roots = [
        *(settings.landing, settings.quarantine, settings.quarantine / "files"),
        *(settings.reports, settings.identity),
        *(settings.ledger / kind for kind in ledger.SCHEMAS),
    ]
    folders = [root / feed for root in roots for feed in BRIDGES if (root / feed).is_dir()]
    if not folders:
        raise UserError("No identity bridge was ever delivered to this data home.")
    for folder in folders:
        shutil.rmtree(folder)
    ledger.snapshot(settings.ledger).commit()
    settings.landed.unlink(missing_ok=True)
    settings.agreement.unlink(missing_ok=True)
    return refresh_crosswalk(settings, full=True, part=True)["person_id"].n_unique()
