"""How long things take and how much memory they need, measured in one run on one machine.

Lives here: measurements, printed as tables; the last ones are in README.md beside this file.
Does not: assertions: a shared machine is no judge.
"""
