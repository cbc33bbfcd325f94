#!/usr/bin/env python3
"""Take the README's pictures of the dashboard: docs/images/*.png, of a real local stack with a simulated fleet.

It starts a stack of its own, waits until every site has been looked at, takes each view light and dark, and ends the
stack. It needs Debian's Chromium, or another one on the path.
"""

import argparse
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from heliograph.object_keys import raw_key
from heliograph.reading import format_timestamp
from heliograph_cli.status import look
from heliograph_cli.target import target_of
from heliograph_cli.up import fill
from heliograph_client import Client
from heliograph_client.resources import ANOMALIES, FLEET, PIPELINE
from lambda_zips.build import build_all
from lambda_zips.recipe import LOCAL, ROOT
from local_stack import Stack, StackOptions, clients_for, start

_DESKTOP: Final[ViewportSize] = {"width": 1280, "height": 800}
_PHONE: Final[ViewportSize] = {"width": 375, "height": 812}
_READY_SECONDS: Final = 600.0
_POLL_SECONDS: Final = 2.0
_SETTLE_MS: Final = 400
_PAGE: Final = 300  # anomalies that are weighed
_FULL: Final = 60  # anomalies a day
# Neither is a reading, so that the pipeline's page has something to show.
_REJECTED: Final = b"""[
  {"site_id": "solar-0001", "timestamp": "2026-11-22T09:00:00", "energy_generated_kwh": 1.2, "energy_consumed_kwh": 0},
  {"site_id": "solar-0001", "timestamp": "2026-11-22T09:05:00Z", "energy_generated_kwh": "?", "energy_consumed_kwh": 0}
]"""


class NotReady(Exception):
    """What is to be pictured isn't there."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Take all pictures; return the exit status."""
    asked = _parser().parse_args(arguments)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.stderr.write("the pictures need a browser: apt-get install chromium\n")
        return 1
    asked.out.mkdir(parents=True, exist_ok=True)
    build_all([LOCAL], ROOT / "build")
    with _stack(asked.sites, asked.hours) as api, sync_playwright() as playwright:
        site_id = _wait_until_looked_at(api)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"])
        for path in _take_all(browser, f"{api}/", site_id, asked.out):
            sys.stdout.write(f"{path}\n")
        browser.close()
    return 0


@contextmanager
def _stack(sites: int, hours: int) -> Iterator[str]:
    """Run a stack in a folder of its own; yield its API's address."""
    with tempfile.TemporaryDirectory(prefix="heliograph-pictures-") as folder:
        zips = ROOT / "build" / "local"
        with start(StackOptions(state_dir=Path(folder), zips=zips, sites=sites, fault_rate=0.5)) as running:
            _fill(running.stack, sites, hours)
            yield running.stack.api


def _fill(stack: Stack, sites: int, hours: int) -> None:
    """Fill the stack as `heliograph up` does, and land a file that is refused."""
    fill(stack, sites, 1, hours, threading.Event())
    target, clients = target_of(stack), clients_for(stack)
    key = raw_key("logger", datetime.now(UTC), "solar-0001.json")
    clients.s3().put_object(Bucket=stack.raw_bucket, Key=key, Body=_REJECTED)
    deadline = time.monotonic() + _READY_SECONDS
    while look(target, clients).waiting:
        _wait(deadline, "what landed isn't all processed")


def _wait_until_looked_at(api: str) -> str:
    """Wait until the watch knows the whole fleet; return the site whose last day has most to explain."""
    deadline = time.monotonic() + _READY_SECONDS
    begin = format_timestamp(datetime.now(UTC) - timedelta(days=1))
    with Client(api) as client:
        while True:
            fleet = list(client.items(FLEET, dict[str, Any], limit=1000))
            waiting = client.get(PIPELINE, dict[str, Any])["queues"]["watch"]
            if not any(waiting.values()) and all(site["state"] != "unknown" for site in fleet):
                break
            _wait(deadline, "the watch hasn't looked at every site; ask for fewer with --sites")
        names: list[str] = [site["site_id"] for site in fleet if site["kind"] in {"solar", "battery"}]
        return max(names, key=lambda name: _interest(_anomalies(client, name, begin)))


def _anomalies(client: Client, site_id: str, begin: str) -> list[dict[str, Any]]:
    return list(islice(client.items(f"{ANOMALIES}/{site_id}", dict[str, Any], start=begin, limit=_PAGE), _PAGE))


def _wait(deadline: float, complaint: str) -> None:
    if time.monotonic() > deadline:
        raise NotReady(f"{complaint}, after {_READY_SECONDS:g} seconds")
    time.sleep(_POLL_SECONDS)


def _interest(anomalies: list[dict[str, Any]]) -> int:
    """Weigh a day's anomalies: several rules say more than one; a long run of one fills the picture with it."""
    rules = {flag["rule"] for each in anomalies for flag in each["flags"]}
    tell_tale = rules & {"zero_output", "spike", "stale", "over_capacity", "catch_up", "night_generation", "sentinel"}
    return len(tell_tale) - (len(anomalies) > _FULL) - 2 * ("unit_error" in rules)


def _take_all(browser: Browser, api: str, site_id: str, out: Path) -> Iterator[Path]:
    for theme in ("light", "dark"):
        yield _take(browser, f"{api}#/", out / f"fleet-{theme}.png", theme)
        yield _take(browser, f"{api}#/site/{site_id}", out / f"site-{theme}.png", theme, then=_explain)
        yield _take(browser, f"{api}#/incidents", out / f"incidents-{theme}.png", theme)
        yield _take(browser, f"{api}#/pipeline?bad=1", out / f"pipeline-{theme}.png", theme, then=_open_rejected)
        yield _take(
            browser, f"{api}#/site/{site_id}", out / f"phone-{theme}.png", theme, screen=_PHONE, then=_show_chart
        )


def _take(  # noqa: PLR0913 - a picture has that many sides
    browser: Browser,
    address: str,
    path: Path,
    theme: str,
    *,
    screen: ViewportSize = _DESKTOP,
    then: Callable[[Page], None] = lambda _page: None,
) -> Path:
    scheme: Literal["light", "dark"] = "dark" if theme == "dark" else "light"
    context = browser.new_context(viewport=screen, color_scheme=scheme, locale="en-GB")
    page = context.new_page()
    page.goto(address)
    page.locator("#live-text", has_text="Updated").wait_for()
    then(page)
    page.wait_for_timeout(_SETTLE_MS)
    page.screenshot(path=path)
    context.close()
    return path


def _explain(page: Page) -> None:
    """Show the chart with its first anomaly explained."""
    page.locator("[data-drawn]").wait_for()
    page.locator(".stage").focus()
    page.keyboard.press("a")
    page.evaluate("scrollTo(0, 0)")


def _show_chart(page: Page) -> None:
    """Show the chart as a phone has it, with its first anomaly explained below."""
    _explain(page)
    page.evaluate("document.querySelector('.card').scrollIntoView()")


def _open_rejected(page: Page) -> None:
    """Show the records that were rejected of the first file."""
    page.locator(".more").first.click()
    page.locator(".rejected pre").first.wait_for()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=24, help="sites of the simulated fleet (default: 24)")
    parser.add_argument("--hours", type=int, default=48, help="hours of its past (default: 48)")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images", help="the folder (default: docs/images)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
