# SPDX-License-Identifier: MIT
"""A figure of the table: what it is, its value and unit, the target if there is one, and whether it is reached."""


def row(figure, value, unit, target=None, reached=None):
    """Reached is what does not exceed the target, where `reached` does not say otherwise."""
    if target is not None and reached is None:
        reached = value <= target
    return {"figure": figure, "value": round(value, 2), "unit": unit, "target": target, "reached": reached}


def row_of(contender, what, value, unit, target=None, reached=None):
    of_whom = {"contender": contender.name, "title": contender.title, "what": what}
    return row(f"{contender.title}: {what}", value, unit, target, reached) | of_whom
