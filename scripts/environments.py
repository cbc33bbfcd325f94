#!/usr/bin/env python3
"""Read where GitHub deploys to: the repository's variable ENVIRONMENTS, which terraform/bootstrap prints.

It is a JSON object, an environment a name: {"prod": {"region": …, "artifacts": …, "backend": …, "plan_role": …,
"deploy_role": …}}. Deployments go through them in this order. A repository that sets nothing deploys nowhere, and
that is no fault: the script says what is missing and names no environment. One that is set by half is a fault.

The names go to the file GITHUB_OUTPUT as `environments`, a JSON list; the words to GITHUB_STEP_SUMMARY. ONLY chooses
one by its name. It needs nothing but Python, so that a job needs no set-up before it.
"""

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

FIELDS: Final = ("region", "artifacts", "backend", "plan_role", "deploy_role")
# As terraform/variables.tf has it.
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,19}\Z")
_UNSET: Final = """\
Nothing is deployed: this repository has no variable ENVIRONMENTS. All checks run without it.
To deploy, run terraform/bootstrap once in the account, then in its folder:
    gh variable set ENVIRONMENTS --body "$(terraform output -raw environments)"
docs/how-to/deploy.md has the rest."""


class NotUsable(Exception):
    """ENVIRONMENTS is set and can't be used; the message names what is wrong."""


def environments(text: str, only: str = "") -> list[dict[str, str]]:
    """Return the environments that ENVIRONMENTS names, in its order; each with its name and `FIELDS`.

    only: the name of the one that is asked for; all where empty.

    Raises:
        NotUsable: the text isn't such an object, a field is missing, or the one asked for isn't there.
    """
    try:
        found = json.loads(text) if text.strip() else {}
    except json.JSONDecodeError as error:
        raise NotUsable(f"ENVIRONMENTS isn't JSON: {error}") from None
    if not isinstance(found, dict):
        raise NotUsable('ENVIRONMENTS isn\'t an object such as {"prod": {…}}')
    listed = [_environment(name, fields) for name, fields in found.items()]
    if not only:
        return listed
    chosen = [each for each in listed if each["name"] == only]
    if not chosen:
        raise NotUsable(f"there is no environment {only!r} in ENVIRONMENTS; it names {', '.join(found) or 'none'}")
    return chosen


def _environment(name: str, fields: object) -> dict[str, str]:
    if not _NAME.match(name):
        raise NotUsable(f"{name!r} isn't an environment's name: 1 to 20 of a-z, 0-9 and dashes, a letter first")
    values = fields if isinstance(fields, dict) else {}
    missing = [field for field in FIELDS if not isinstance(values.get(field), str) or not values[field].strip()]
    if missing:
        raise NotUsable(f"the environment {name} in ENVIRONMENTS lacks {', '.join(missing)}; run terraform/bootstrap")
    return {"name": name, **{field: str(values[field]) for field in FIELDS}}


def main(environment: Mapping[str, str] = os.environ) -> int:
    """Read, say and hand on; return the exit status."""
    try:
        found = environments(environment.get("ENVIRONMENTS", ""), environment.get("ONLY", ""))
    except NotUsable as error:
        sys.stderr.write(f"{error}\n")
        return 1
    words = "\n".join(f"{each['name']}: {each['region']}, by {each['deploy_role']}" for each in found) or _UNSET
    _append(environment.get("GITHUB_STEP_SUMMARY"), f"```\n{words}\n```\n")
    _append(environment.get("GITHUB_OUTPUT"), f"environments={json.dumps(found)}\n")
    sys.stdout.write(f"{words}\n")
    return 0


def _append(path: str | None, text: str) -> None:
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    sys.exit(main())
