"""Skills are found by entry point; every intent has one owner."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import entry_points

from assistant.contract import SettingsError, Skill, SkillContext
from assistant.dialogue.own_commands import OWN_COMMANDS

SKILL_GROUP = "encore.skills"
OWN_INTENTS = frozenset(OWN_COMMANDS)
"""What the house itself carries out."""


def load_skills(context: SkillContext) -> tuple[Skill, ...]:
    """Make every installed skill; SettingsError when two of them own one intent."""
    skills = tuple(entry.load().create(context) for entry in entry_points(group=SKILL_GROUP))
    owners_of_intents(skills)
    return skills


def owners_of_intents(skills: Iterable[Skill]) -> dict[str, Skill]:
    """Return intent name → skill; SettingsError when one has two owners (or is the house's)."""
    owners: dict[str, Skill] = {}
    for skill in skills:
        for name in sorted(skill.intents):
            if name in OWN_INTENTS:
                raise SettingsError(f"The skill {skill.name} claims {name}, which is Encore's own.")
            if name in owners:
                raise SettingsError(
                    f"The skills {owners[name].name} and {skill.name} both claim the command"
                    f" {name}: remove one of them."
                )
            owners[name] = skill
    return owners
