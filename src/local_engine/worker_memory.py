"""Lambda workers hold no more than their function's memory, as on AWS, where the kernel ends one that takes more.

Here a worker bounds itself before it loads any code, by RLIMIT_DATA: what it may write to, but for what it shares. That
counts a thread's whole stack (8 MiB) as soon as it begins, so it is the function's memory and a base on top. What fills
it is a MemoryError, which code may catch; so after each invocation the most that was resident is looked at, which is
what AWS counts, and an invocation that had more than the function's memory has failed, whatever it answered. Its worker
ends, and the next invocation gets a new one.
"""

from types import ModuleType
from typing import Any, Final

from local_engine.machine import machine, most_resident

BASE_MIB: Final = 128
"""What a worker may map beside its function's memory: 16 threads' stacks."""

# Before the engine's own script for Python workers.
_BOUND: Final = f"""import os, resource
_most = (int(os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]) + {BASE_MIB}) * 2**20
resource.setrlimit(resource.RLIMIT_DATA, (_most, _most))
"""
_DEFAULT_MIB: Final = 128
_KIB: Final = 1024


def bound_workers(runtime: ModuleType) -> None:
    """Have the engine's Python workers keep to their function's memory, where the machine can hold them to it.

    runtime: ministack.core.lambda_runtime.
    """
    if not machine().bounds_memory:
        return
    detect, invoke = runtime._detect_runtime_binary, runtime.Worker.invoke

    def detect_bounded(name: str) -> tuple[str, str]:
        binary, script = detect(name)
        return binary, _BOUND + script if name.startswith("python") else script

    def invoke_bounded(worker: Any, event: object, request_id: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - the engine's own
        answer: dict[str, Any] = invoke(worker, event, request_id, **more)
        if not _has_too_much(worker) and "MemoryError" not in answer.get("trace", ""):
            return answer
        _end(worker)
        killed = f"RequestId: {request_id} Error: Runtime exited with error: signal: killed"
        said = {name: value for name, value in answer.items() if name not in {"result", "trace"}}
        return {**said, "status": "error", "error": killed}

    runtime._detect_runtime_binary = detect_bounded  # type: ignore[attr-defined]
    runtime.Worker.invoke = invoke_bounded


def _has_too_much(worker: Any) -> bool:  # noqa: ANN401 - the engine's own
    """Return whether a worker's process ever held more than its function's memory."""
    memory = worker.config.get("MemorySize", _DEFAULT_MIB)
    return worker._proc is not None and most_resident(worker._proc.pid) > memory * _KIB


def _end(worker: Any) -> None:  # noqa: ANN401 - the engine's own
    """End a worker's process; the next invocation on it starts a new one."""
    process, worker._proc = worker._proc, None
    if process is not None:
        process.kill()
        process.wait()
