"""The attacker: what can be worked out from a public folder, with a solver.

Lives here: reading the written files, the bounds of every hidden cell, the findings. Does not:
anything that knows how cells were chosen. Nothing here imports from the rest of the project.
"""
