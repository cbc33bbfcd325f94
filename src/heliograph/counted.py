"""Readings that are facts of registers, with the energies between them: the one way from items to what is read.

What is stored stays as it is: these are for reading, and never written back.
"""

from collections.abc import Sequence

import msgspec

from heliograph.history import Assessed, History
from heliograph.reading import end_of
from heliograph.registers import CountedEnergy, RegisterFact, energies_between, lacks_a_side, with_counted


def counted(histories: Sequence[History]) -> list[tuple[History, CountedEnergy | None]]:
    """Give facts of registers their energies, and beside each what was worked out; others stay as they are.

    histories: of one site, oldest first.
    """
    facts = [RegisterFact(end_of(each.timestamp), each.current.registers) for each in histories]
    return [
        (_with_energy(history, energy), energy) if history.current.registers else (history, None)
        for history, energy in zip(histories, energies_between(facts), strict=True)
    ]


def with_energies(stored: Sequence[Assessed]) -> list[Assessed]:
    """Do the same with readings as they are stored."""
    found = counted([each.history for each in stored])
    return [msgspec.structs.replace(each, history=history) for each, (history, _) in zip(stored, found, strict=True)]


def has_registers(stored: Assessed) -> bool:
    """Return whether a reading is what registers stood at."""
    return bool(stored.history.current.registers)


def is_shown(stored: Assessed) -> bool:
    """Return whether a reading with its energies has anything to show. A site's first fact has no energy, nor flags."""
    return stored.history.current.values != (None, None) or bool(stored.every_flag)


def _with_energy(history: History, energy: CountedEnergy) -> History:
    stored = history.current
    generated, consumed = with_counted(stored.values, stored.registers, energy)
    current = msgspec.structs.replace(
        stored,
        energy_generated_kwh=generated,
        energy_consumed_kwh=consumed,
        interval_seconds=energy.seconds or stored.interval_seconds,
        is_partial=stored.is_partial or lacks_a_side(stored.registers, energy),
    )
    return msgspec.structs.replace(history, versions=(current, *history.replaced))
