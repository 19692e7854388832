"""Decisions about a cohort and year that are kept until it is published.

Lives here: writing what is hidden of a block to a file, and reading it again if nothing that it
rests on has changed. Does not: deciding (`selection`).
"""

import hashlib
import json
from pathlib import Path

import numpy as np

from pipelines.disclosure.blocks import Block, Pattern
from pipelines.disclosure.policy import DisclosurePolicy
from pipelines.home.code_version import selection
from pipelines.home.files import replacing


def fingerprint(block: Block, policy: DisclosurePolicy) -> str:
    """Return a hash of all that a decision rests on: numbers, regions, groups, policy and code."""
    digest = hashlib.sha256(f"{selection()} {policy.model_dump_json()}".encode())
    digest.update(
        repr(
            (block.name, sorted(block.uses.items()), block.before, sorted(block.moved.items()))
        ).encode()
    )
    digest.update(repr(sorted(block.shown_last)).encode())
    for group, cut in block.cuts.items():
        digest.update(repr((group, cut.codes, cut.regions, cut.schemes, cut.rests)).encode())
        digest.update(cut.member.toarray().tobytes())
    for count in block.counts.values():
        digest.update(repr((count.count_id, count.within, count.of)).encode())
        for group, by_area in count.by_area.items():
            digest.update(group.encode() + by_area.tobytes())
    return digest.hexdigest()


def save(path: Path, pattern: Pattern, key: str) -> None:
    """Write what is hidden of a block, with the fingerprint of what that rests on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    masks = {
        f"hidden\t{count}\t{group}": mask
        for count, groups in pattern.hidden.items()
        for group, mask in groups.items()
    } | {f"unbounded\t{count}\t{group}": mask for (count, group), mask in pattern.unbounded.items()}
    facts = {"key": key, "withheld": sorted(pattern.withheld), "programs": pattern.programs}
    with replacing(path) as partial, partial.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **masks, facts=np.array(json.dumps(facts)))


def load(path: Path, key: str) -> Pattern | None:
    """Return what is hidden of a block, or None if that is not known or rests on something else."""
    if not path.exists():
        return None
    with np.load(path) as stored:
        facts = json.loads(str(stored["facts"]))
        if facts["key"] != key:
            return None
        withheld = {tuple(each) for each in facts["withheld"]}
        pattern = Pattern(withheld=withheld, programs=facts["programs"])
        for name in stored.files:
            kind, *at = name.split("\t")
            if kind == "hidden":
                pattern.hidden.setdefault(at[0], {})[at[1]] = stored[name]
            elif kind == "unbounded":
                pattern.unbounded[at[0], at[1]] = stored[name]
    return pattern
