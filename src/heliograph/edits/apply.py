"""A site's readings after its edits: what checks, baselines and the validated series see. What is stored stays.

Edits apply in the order in which they were made, each to what the earlier ones left, each side by itself. A value that
is shifted to where there is one already is left out: what was there stays.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Context, Decimal
from typing import Final

import msgspec

from heliograph.edits.model import Edit, EditBody, in_order
from heliograph.evaluation.model import StoredReading
from heliograph.history import Values
from heliograph.reading import MAX_DECIMALS, Quality, end_of
from heliograph.series import UNKNOWN_DELAY
from heliograph.sides import SIDES

# Accepted: whatever rule it is.
EVERY_RULE: Final = "*"
# Digits of a scaled value: 12 before the point at most, and room in a total of 38.
_SCALED: Final = Context(prec=34)
_LAST_DECIMAL: Final = Decimal(1).scaleb(-MAX_DECIMALS)
_NONE: Final[frozenset[str]] = frozenset()
_MINUTE: Final = 60


class EditedReading(StoredReading, frozen=True, gc=False):
    """An interval that an edit has touched, as it is after all of them. Energies: those that are used; None without.

    Pairs are of the generated and the consumed side. edits: the id of the edit that touched a side's value last, empty
    where none did. stored_ends: the ENDs under which the readings are stored that the values come from; None where
    there is none. measured: what was measured there, kWh. left_out: what an edit excluded here, kWh; None where none.
    accepted: rules whose flags are wrong here; `EVERY_RULE` stands for all. flags: the processor's that hold.
    is_set: whether a person said what a side's value is: no rule's flag excludes it.
    """

    edits: tuple[str, str] = ("", "")
    stored_ends: tuple[int | None, int | None] = (None, None)
    measured: Values = (None, None)
    left_out: Values = (None, None)
    accepted: frozenset[str] = _NONE
    is_set: tuple[bool, bool] = (False, False)

    @property
    def is_changed(self) -> bool:
        """Return whether an edit changed a value: the processor's flags are of another one then."""
        return any(self.edits)

    def is_excluded(self, side: int) -> bool:
        """Return whether an edit excluded a side's value: 0 generated, 1 consumed."""
        return self.left_out[side] is not None and energies_of(self)[side] is None

    def accepts(self, rule: str) -> bool:
        """Return whether a rule's flag is wrong here."""
        return bool(self.accepted) and (rule in self.accepted or EVERY_RULE in self.accepted)


class LeftOut(msgspec.Struct, frozen=True):
    """A value that a shift would move onto another one, so it is used nowhere.

    end: where it would be, and stored_end: under which it is stored, seconds since 1970; the latter None where no
    reading is. side: 0 generated, 1 consumed. kwh: the value; None of one that was excluded before. edit: the shift.
    """

    end: int
    stored_end: int | None
    side: int
    kwh: Decimal | None
    edit: str


class AfterEdits(msgspec.Struct, frozen=True):
    """Readings after edits, oldest first, those that no edit touched as they were; and what is used nowhere."""

    readings: list[StoredReading]
    left_out: tuple[LeftOut, ...] = ()


def after_edits(stored: Sequence[StoredReading], edits: Iterable[Edit], first: int, last: int) -> AfterEdits:
    """Return a site's readings that end from `first` to `last`, seconds since 1970, after its edits.

    stored: at least those that `reach` says, in order of their ends, with energies where they are of registers.
    """
    holding = holding_in(edits, first, last)
    if not holding:
        return AfterEdits([each for each in stored if first <= each.end <= last])
    ends = [each.end for each in stored]
    begins, until = (bisect_left(ends, moment) for moment in _touched(holding))
    editing = _Editing(stored[begins:until], reach(holding, first, last))
    for edit in holding:
        editing.apply(edit)
    readings = (*stored[:begins], *editing.readings(), *stored[until:])
    left_out = tuple(each for each in editing.left_out if first <= each.end <= last)
    return AfterEdits([each for each in readings if first <= each.end <= last], left_out)


def reach(edits: Iterable[Edit], first: int, last: int) -> tuple[int, int]:
    """Return which readings decide what ends from `first` to `last` after edits: ENDs, seconds since 1970."""
    for edit in reversed(in_order([each for each in edits if each.holds])):
        shift = edit.shift_seconds or 0
        begins, ends = end_of(edit.start) + shift, end_of(edit.end) + shift
        if begins < last and first <= ends:
            wider = edit.interval_seconds or 0
            first, last = first - max(shift, wider, 0), last + max(-shift, wider, 0)
    return first, last


def holding_in(edits: Iterable[Edit], first: int, last: int) -> list[Edit]:
    """Return the edits that hold, in their order; none where none of them changes what ends from `first` to `last`."""
    holding = in_order([each for each in edits if each.holds])
    return holding if any(_meets(edit, first, last) for edit in holding) else []


def _touched(edits: Sequence[Edit]) -> tuple[int, int]:
    """Return from when to before when edits may change or look at readings: ENDs, seconds since 1970."""
    wide = max(edit.interval_seconds or 0 for edit in edits)
    starts = [end_of(edit.start) + min(0, edit.shift_seconds or 0) for edit in edits]
    ends = [end_of(edit.end) + max(0, edit.shift_seconds or 0) for edit in edits]
    return min(starts) - wide, max(ends) + wide + 1


def _meets(edit: EditBody, first: int, last: int) -> bool:
    shift = edit.shift_seconds or 0
    begins, ends = end_of(edit.start), end_of(edit.end)
    return min(begins, begins + shift) < last and first <= max(ends, ends + shift)


def scaled(kwh: Decimal, factor: Decimal) -> Decimal:
    """Return an energy times a factor, exact as far as an energy has decimals; written without an exponent."""
    product = _SCALED.multiply(kwh, factor)
    if -int(product.as_tuple().exponent) > MAX_DECIMALS:
        product = product.quantize(_LAST_DECIMAL, context=_SCALED)
    return Decimal(f"{product:f}")


def energies_of(reading: StoredReading) -> Values:
    """Return a reading's energies, kWh: generated and consumed."""
    return reading.generated_kwh, reading.consumed_kwh


class _Value(msgspec.Struct, frozen=True, gc=False):
    """One side of an interval. kwh: None where it was excluded. origin: the reading that it is stored with, if any."""

    kwh: Decimal | None
    origin: StoredReading | None
    quality: Quality = "actual"
    edit: str = ""
    left_out: Decimal | None = None
    seconds: int | None = None
    is_set: bool = False


_NO_VALUE: Final = _Value(None, None)


class _Slot:
    """An interval while it is edited. stored: the reading that is stored under this END; accepted: see there."""

    def __init__(self, stored: StoredReading | None = None) -> None:
        self.stored = stored
        self.values: list[_Value | None] = [None, None]
        if stored is not None:
            self.values = [kwh if kwh is None else _Value(kwh, stored, stored.quality) for kwh in energies_of(stored)]
        self.accepted: frozenset[str] = _NONE
        self.is_touched = False

    @property
    def is_bare(self) -> bool:
        """Return whether it is a fact of a counter without any energy, which no edit moves."""
        return self.stored is not None and energies_of(self.stored) == (None, None)

    @property
    def is_there(self) -> bool:
        """Return whether there is a value, be it an excluded one."""
        return any(self.values)


class _Editing:
    """A site's readings while its edits are applied, interval by interval. reached: the ENDs that matter."""

    def __init__(self, stored: Sequence[StoredReading], reached: tuple[int, int]) -> None:
        self._reached = reached
        self._slots = {each.end: _Slot(each) for each in stored}
        self._ends = sorted(self._slots)
        self.left_out: list[LeftOut] = []

    def apply(self, edit: Edit) -> None:
        """Apply an edit to what the earlier ones left."""
        match edit.action:
            case "accept":
                self._accept(edit)
            case "exclude":
                self._change(edit, lambda kwh: None)  # noqa: ARG005 - whatever it is
            case "scale":
                factor = edit.factor or Decimal(1)
                self._change(edit, lambda kwh: scaled(kwh, factor))
            case "set":
                self._set(edit)
            case "shift":
                self._shift(edit)

    def readings(self) -> list[StoredReading]:
        """Return the readings as they are now, in order."""
        slots = ((end, self._slots[end]) for end in self._ends)
        return [_reading(end, slot) for end, slot in slots if slot.is_there or slot.is_bare]

    def _within(self, edit: Edit) -> list[int]:
        """Return the ENDs of an edit's intervals that are there, ascending."""
        return self._ends[bisect_right(self._ends, end_of(edit.start)) : bisect_right(self._ends, end_of(edit.end))]

    def _accept(self, edit: Edit) -> None:
        for end in self._within(edit):
            slot = self._slots[end]
            slot.accepted, slot.is_touched = slot.accepted | (frozenset(edit.rules) or {EVERY_RULE}), True

    def _change(self, edit: Edit, change: Callable[[Decimal], Decimal | None]) -> None:
        """Replace each value that is there; what is excluded is left out."""
        for end in self._within(edit):
            for side in sides_of(edit):
                slot = self._slots[end]
                value = slot.values[side]
                if value is not None and value.kwh is not None:
                    kwh = change(value.kwh)
                    left_out = value.kwh if kwh is None else None
                    self._put(slot, side, msgspec.structs.replace(value, kwh=kwh, edit=edit.id, left_out=left_out))

    def _set(self, edit: Edit) -> None:
        """Give each interval the value, those without a reading among them where the edit says how long one is."""
        for end in self._missing(edit):
            self._slots[end] = _Slot()
        self._ends = sorted(self._slots)
        for end in self._within(edit):
            slot = self._slots[end]
            for side, kwh in enumerate((edit.generated_kwh, edit.consumed_kwh)):
                if kwh is not None:
                    origin = value.origin if (value := slot.values[side]) else slot.stored
                    self._put(slot, side, _Value(kwh, origin, edit=edit.id, seconds=edit.interval_seconds, is_set=True))

    def _missing(self, edit: Edit) -> Iterator[int]:
        """Yield the ENDs of an edit's intervals that nothing lies in; the first begins with the edit."""
        seconds = edit.interval_seconds
        if not seconds:
            return
        begins, ends = end_of(edit.start), end_of(edit.end)
        there = [end for end in self._ends if self._slots[end].is_there]
        first, last = max(begins + seconds, self._reached[0]), min(ends, self._reached[1])
        first += (begins - first) % seconds
        for end in range(first, last + 1, seconds):
            if bisect_right(there, end - seconds) == bisect_left(there, end + seconds):
                yield end

    def _shift(self, edit: Edit) -> None:
        moved: list[tuple[int, int, _Value]] = []
        shift = edit.shift_seconds or 0
        for end in self._within(edit):
            slot = self._slots[end]
            for side in sides_of(edit):
                value = slot.values[side]
                if value is not None:
                    slot.values[side], slot.is_touched = None, True
                    moved.append((end, side, value))
        for end, side, value in moved:
            self._move(edit, (end, end + shift), side, value)
        self._ends = sorted(self._slots)

    def _move(self, edit: Edit, way: tuple[int, int], side: int, value: _Value) -> None:
        """Put a value where it belongs. way: the ENDs from which and to which."""
        end, then = way
        slot = self._slots.setdefault(then, _Slot())
        there = slot.values[side]
        if there is not None and there.kwh is not None:
            stored_end = value.origin.end if value.origin else None
            self.left_out.append(LeftOut(then, stored_end, side, value.kwh, edit.id))
            return
        left_out = value.left_out if there is None else _sum(value.left_out, there.left_out)
        slot.accepted |= self._slots[end].accepted
        self._put(slot, side, msgspec.structs.replace(value, edit=edit.id, left_out=left_out))

    @staticmethod
    def _put(slot: _Slot, side: int, value: _Value) -> None:
        slot.values[side], slot.is_touched = value, True


def sides_of(edit: EditBody) -> list[int]:
    """Return the sides that an edit is of: 0 generated, 1 consumed."""
    return [side for side, name in enumerate(SIDES) if edit.side in {name, "both"}]


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    found = [each for each in (one, other) if each is not None]
    return sum(found, Decimal(0)) if found else None


def _reading(end: int, slot: _Slot) -> StoredReading:
    """Return the reading of an interval; one that no edit touched as it is stored."""
    if not slot.is_touched and slot.stored is not None:
        return slot.stored
    values = [value or _NO_VALUE for value in slot.values]
    generated, consumed = values
    base = _base(slot, values) or StoredReading(end, None, None, seconds=generated.seconds or consumed.seconds)
    edits = generated.edit, consumed.edit
    energies = generated.kwh, consumed.kwh
    is_gone = energies == (None, None) and any(edits)  # what was excluded shows nothing of its registers either
    edited = EditedReading(
        end,
        *energies,
        base.delay if base.delay == UNKNOWN_DELAY else max(0, base.delay - (end - base.end) // _MINUTE),
        base.seconds,
        next((value.quality for value in values if value.kwh is not None and value.quality != "actual"), "actual"),
        base.is_partial or (None in energies and None not in energies_of(base)),
        base.registers,
        None if is_gone else base.note,
        flags=() if any(edits) else base.flags,
        watched=base.watched,
        merges=base.merges,
        edits=edits,
        stored_ends=(end, end) if slot.is_bare else (_stored_end(generated), _stored_end(consumed)),
        measured=(_measured(generated, 0), _measured(consumed, 1)),
        left_out=(generated.left_out, consumed.left_out),
        accepted=slot.accepted,
        is_set=(generated.is_set, consumed.is_set),
    )
    if not edited.accepted or not edited.flags:
        return edited
    return msgspec.structs.replace(edited, flags=tuple(each for each in edited.flags if not edited.accepts(each.rule)))


def _base(slot: _Slot, values: Sequence[_Value]) -> StoredReading | None:
    """Return the reading that the rest of an interval is taken from: the one stored here, where it still is here."""
    origins = [value.origin for value in values if value.origin is not None]
    if slot.stored is not None and (slot.is_bare or any(each is slot.stored for each in origins)):
        return slot.stored
    return next(iter(origins), None)


def _stored_end(value: _Value) -> int | None:
    return value.origin.end if value.origin else None


def _measured(value: _Value, side: int) -> Decimal | None:
    return energies_of(value.origin)[side] if value.origin else None
