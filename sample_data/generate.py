"""From a control object to a synthetic state on disk.

Lives here: chunks of persons, the processes that live them, and the order they are put together in.
Does not: any of the drawing, or any file.

Every number of a person's life depends on the person alone (`draws`), and chances are solved on a
pilot of a fixed size (`rates`). So chunks can be of any size and lived by any number of processes:
memory is bounded by them, and the bytes are the same.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import polars as pl

from sample_data import truth
from sample_data.control import Control
from sample_data.delivery import dirt, reporting
from sample_data.delivery.files import BadFile, bad_files
from sample_data.delivery.write import Layout, Output, Part, part
from sample_data.lives.lives import live
from sample_data.rates import Rates
from sample_data.world import collaboration, places
from sample_data.world.collaboration import Collaboration

# Persons at a time: 10,000 take some 0.4 GB while they live.
CHUNK = 10_000
# Persons of the pilot that chances are solved on, and how often: corrections settle in three turns.
PILOT = 30_000
_TURNS = 3
# Persons among whose rows one of each corruption is planted.
_PIONEERS = 1_500

# Called with how many persons have been lived, and of how many.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Chunk:
    """A chunk's rows by feed, and its true persons as an Arrow file."""

    parts: list[Part]
    persons: bytes


def generate(
    control: Control,
    out: Path,
    *,
    layout: Layout = "csv",
    chunk: int = CHUNK,
    workers: int | None = None,
    progress: Progress = lambda *_: None,
) -> dict[str, int]:
    """Write a synthetic state under `out` and return how many rows each feed has.

    Writes ``landing/<feed>/<period>/<submitter>.csv``, files that arrive later under ``late/``, and
    ``truth/``. Files get their names when all are whole; an error or an interruption leaves none.

    Args:
        control: Parameters.
        out: Folder; it may hold other files.
        layout: Delivered files as csv, or the same as parquet.
        chunk: Persons at a time.
        workers: Processes; as many as there are cores unless given.
        progress: Called after every chunk.
    """
    joint = prepare(control)
    plan = Plan(joint, *_planted(joint))
    output = Output(joint.world, Path(out), layout)
    try:
        for feed, rows in plan.reference.items():
            output.add(part(feed, dirt.rows(joint.world, plan.plants, feed, rows)))
        output.add_bad_files(plan.bad_files)
        for name, table in (
            ("effect", truth.effect(control)),
            ("pathway", truth.pathway(joint.world)),
            ("consortium", truth.consortium(joint)),
            ("link", truth.link(joint.world)),
        ):
            output.add_truth(name, table)
        done = 0
        for lived in _chunks(plan, chunk, workers or os.cpu_count() or 1):
            for rows in lived.parts:
                output.add(rows)
            persons = pl.read_ipc(BytesIO(lived.persons))
            output.add_truth("person", persons)
            done += len(persons)
            progress(done, control.students)
        output.finish()
    except BaseException:
        output.discard()
        raise
    return output.rows_of_feeds()


@dataclass(frozen=True)
class Plan:
    """What all chunks share."""

    joint: Collaboration
    plants: dirt.Plants
    reference: dict[str, pl.DataFrame]
    bad_files: list[BadFile]

    def live(self, first: int, end: int) -> Chunk:
        """Return what is delivered of the persons from `first` to before `end`."""
        world = self.joint.world
        lives = live(self.joint, np.arange(first, end), world.control.seed)
        parts = [
            part(feed, dirt.rows(world, self.plants, feed, rows))
            for feed, rows in reporting.report(lives)
        ]
        persons = BytesIO()
        truth.person(lives).write_ipc(persons)
        return Chunk(parts, persons.getvalue())


def prepare(control: Control) -> Collaboration:
    """Return the state's places and agreements, with chances solved on a pilot."""
    # Dirt changes no life, so a clean and a dirty state share their pilot.
    lived = control.model_copy(update={"dirt": "none", "dirt_rate": 0, "every_rule_broken": False})
    rates = _solved(lived.model_dump_json())
    return collaboration.build(replace(places.build(control), rates=rates))


@lru_cache(maxsize=4)
def _solved(text: str) -> Rates:
    """Return the chances of a control, given as JSON, after lives of a pilot."""
    control = Control.model_validate_json(text)
    world = places.build(control)
    scale = PILOT / control.students
    pilot = replace(world, starts=np.round(world.starts * scale).astype(int))
    joint = collaboration.build(pilot)
    for _ in range(_TURNS):
        live(joint, np.arange(PILOT), f"{control.seed}/pilot")
    world.rates.solving = False
    return world.rates


def _planted(
    joint: Collaboration,
) -> tuple[dirt.Plants, dict[str, pl.DataFrame], list[BadFile]]:
    """Return where corruptions are planted, the reference feeds, and bad files."""
    control, world = joint.world.control, joint.world
    spread = np.linspace(0, control.students - 1, min(_PIONEERS, control.students)).astype(int)
    # The first of a class may lose a state id that is part of a key (`dirt`).
    firsts = world.starts[:-1][:: max(1, len(world.starts) // 200)]
    person = np.unique(np.concatenate([spread, firsts, world.starts[-1 - len(world.school_ids)]
                                       + np.arange(3)]))  # fmt: skip
    pioneers = person[person < control.students]
    reference = reporting.reference(joint)
    if control.dirt == "none":
        return {}, reference, []
    reported = dict(reporting.report(live(joint, pioneers, control.seed)))
    share = len(pioneers) / control.students
    plants = dirt.plants(world, reported | reference, share)
    return plants, reference, bad_files(world, reported)


_plan: Plan | None = None


def _start(plan: Plan) -> None:
    global _plan
    _plan = plan


def _live(first: int, end: int) -> Chunk:
    assert _plan is not None
    return _plan.live(first, end)


def _chunks(plan: Plan, chunk: int, workers: int) -> Iterator[Chunk]:
    """Give all chunks in order, lived in this process or in several."""
    students = plan.joint.world.control.students
    bounds = [(first, min(first + chunk, students)) for first in range(0, students, chunk)]
    if workers == 1 or len(bounds) < 3:
        yield from (plan.live(*bound) for bound in bounds)
        return
    with _one_thread_each(), ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_start, initargs=(plan,)
    ) as pool:  # fmt: skip
        waiting: deque[Future[Chunk]] = deque()
        left = deque(bounds)
        while left or waiting:
            # One chunk more than processes, so that none waits while another is written.
            while left and len(waiting) <= workers:
                waiting.append(pool.submit(_live, *left.popleft()))
            yield waiting.popleft().result()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes that start now use one thread each: there are as many of them as cores."""
    names = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    before = {name: os.environ[name] for name in names if name in os.environ}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name in names:
            del os.environ[name]
        os.environ.update(before)
