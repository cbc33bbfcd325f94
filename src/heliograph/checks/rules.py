"""Every rule by name, with what it says in a sentence: for the documentation and for whoever filters by rule."""

from typing import Final

# By one reading alone, as it lands.
SINGLE: Final = {
    "sentinel": "a value that loggers write when they have none, such as -999",
    "negative": "energy below zero by more than auxiliary consumption",
    "over_capacity": "more than the nameplate can give in an interval",
    "future_timestamp": "the interval ends after its file landed: a clock ahead",
    "implausible_timestamp": "the interval is from before 2001: a clock that lost its date",
    "night_generation": "a solar site generates in the dark",
    "revised": "a later file brought other values; they hold",
    "conflicting_values": "one file gives the same interval twice with other values",
}

# By its neighbours, in the light of the weeks before.
OVER_TIME: Final = {
    "stale": "the same value again and again, neither zero nor a limit of the plant",
    "interpolated": "values on a straight line: filled in, not measured",
    "spike": "a reading far from smooth neighbours, or above all that its hour ever gave",
    "zero_output": "nothing generated in broad daylight for an hour or more",
    "zero_consumption": "nothing consumed at a site that always consumes",
    "catch_up": "the energy of an outage in the one reading after it",
    "unit_error": "a thousand times too much or too little: Wh, kWh and MWh mistaken",
    "no_data": "no reading for longer than the site's interval explains, until now",
    "gap": "no reading for longer than the site's interval explains, before this one",
}

# By the whole day, once it is over.
BY_DAY: Final = {
    "incomplete_day": "a tenth of the day's readings or more are missing",
    "level_shift": "the clearest hours of a week agree on a lower ceiling: part of the plant is gone",
    "time_shift": "the site generates earlier or later than in the weeks before: clock or time zone moved",
}

RULES: Final = SINGLE | OVER_TIME | BY_DAY
