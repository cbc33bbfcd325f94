"""Whether the local stack and its parts run."""

from pathlib import Path

from heliograph_cli.diagnosis import Line, look
from heliograph_cli.doctor_stores import check_stores
from heliograph_cli.target import target_of
from heliograph_client import ONCE, ApiError, Client
from heliograph_client.resources import HEALTH
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
        with Client(api, auth="none", retry=ONCE, timeout=_SECONDS) as client:
            client.request("GET", HEALTH)
    except ApiError as error:
        found = str(error).partition("; ")[0]
        return Line("API", "missing", found, "see engine.log in the state folder; say `heliograph down`, then `up`")
    return Line("API", "ok", f"{api} answers /health")


def _functions(stack: Stack, clients: LocalClients) -> list[Line]:
    names = {
        "processor": stack.processor_function,
        "watch": stack.watch_function,
        "simulator": stack.simulator_function,
    }
    return [look(what, _function, clients, name) for what, name in names.items()]


def _function(what: str, clients: LocalClients, name: str) -> Line:
    state = clients.functions.get_function(FunctionName=name)["Configuration"].get("DiagnosisState", "Active")
    if state == "Active":
        return Line(what, "ok", f"{name} is active")
    return Line(what, "missing", f"{name} is {state}", "say `heliograph down`, then `heliograph up`")
