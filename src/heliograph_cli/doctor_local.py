"""Whether the local stack runs, and how its parts are."""

from pathlib import Path

import httpx2

from heliograph_cli.diagnosis import Line, look
from heliograph_cli.doctor_stores import check_stores
from heliograph_cli.target import target_of
from local_stack import Stack, clients_for, find
from local_stack.clients import LocalClients

_SECONDS = 10.0


def check_local(state_dir: Path) -> list[Line]:
    """Look at the local stack, where one runs."""
    stack = find(state_dir)
    if stack is None:
        return [Line("local stack", "warn", f"nothing runs on {state_dir}", "start it with `heliograph up`")]
    clients = clients_for(stack)
    return [
        Line("local stack", "ok", f"runs since {stack.started_at}, process {stack.pid}"),
        api_line(stack.api),
        *_functions(stack, clients),
        *check_stores(target_of(stack), clients),
    ]


def api_line(api: str) -> Line:
    """Ask the API how it is."""
    try:
        answer = httpx2.get(f"{api}/health", timeout=_SECONDS, trust_env=False)
    except httpx2.TransportError as error:
        return Line("API", "missing", f"{api} can't be reached: {error}", "say `heliograph down`, then `heliograph up`")
    if answer.is_success:
        return Line("API", "ok", f"{api} answers /health")
    return Line("API", "missing", f"{api}/health answers {answer.status_code}", "see engine.log in the state folder")


def _functions(stack: Stack, clients: LocalClients) -> list[Line]:
    names = {
        "processor": stack.processor_function,
        "watch": stack.watch_function,
        "simulator": stack.simulator_function,
    }
    return [look(what, _function, clients, name) for what, name in names.items()]


def _function(what: str, clients: LocalClients, name: str) -> Line:
    state = clients.functions.get_function(FunctionName=name)["Configuration"].get("State", "Active")
    if state == "Active":
        return Line(what, "ok", f"{name} is active")
    return Line(what, "missing", f"{name} is {state}", "say `heliograph down`, then `heliograph up`")
