"""Real sites: who published them, what is labelled, and the script that scores them."""

import json
from pathlib import Path

import pytest

from heliograph.reading import end_of
from quality.real_sites import (
    CHECKOUT,
    OWN_LABELS,
    SiteLabel,
    folder,
    load,
    own_labels,
    score,
    sources_of,
    write_answer,
)
from quality.sample import DetectorAnswer

WHERE = folder()
NEEDS_SITES = pytest.mark.skipif(WHERE is None, reason="no real sites here: set HELIOGRAPH_SITES to their folder")


def test_sources_are_told_by_name_and_by_pattern() -> None:
    """The commit and what follows it isn't who published the site."""
    head = "| sites | from | licence |\n|---|---|---|\n"
    text = f"{head}| a, b_* | owner/tool 06fd596, NREL | MIT |\n| c | An archive, x | BSD |\n"
    assert sources_of(text) == {"a": "owner/tool", "b_*": "owner/tool", "c": "An archive"}


def test_own_labels_say_what_a_plot_shows() -> None:
    """Each names a stretch of a site, the rule that saw it, and what shows that it is a fault."""
    for each in json.loads(OWN_LABELS.read_text(encoding="utf-8")):
        assert set(each) == {"site", "rule", "start", "end", "shows"}
        assert end_of(each["start"]) <= end_of(each["end"])
        assert len(each["shows"]) > 40, "say what the plot shows"


def test_own_labels_are_explained_one_by_one() -> None:
    """The page of real sites has each of them, so that whoever reads it can look for what hides an alarm."""
    page = (CHECKOUT / "docs" / "quality" / "real-sites.md").read_text(encoding="utf-8")
    for each in json.loads(OWN_LABELS.read_text(encoding="utf-8")):
        rows = [line for line in page.splitlines() if f"| {each['start'][:16]}Z |" in line]
        assert rows, each
        assert each["shows"] in "".join(rows) or each["site"] == "italy_inv_101802n182"


@NEEDS_SITES
def test_own_labels_are_of_sites_that_are_there() -> None:
    """A label of another site would excuse nothing."""
    assert WHERE is not None
    assert set(own_labels()) <= {path.name.removesuffix(".sites.json") for path in WHERE.glob("*.sites.json")}


@NEEDS_SITES
def test_the_script_scores_what_another_tool_says(tmp_path: Path) -> None:
    """An episode is an alarm without cause, unless a label of the site or of ours meets it."""
    assert WHERE is not None
    (site,) = load(WHERE, ["almeria"])
    assert (site.minutes, site.source) == (60, "giumonros/Measured-vs-simulated-PV")
    ends = [one.end for one in site.sample.sent]
    write_answer(tmp_path, site, DetectorAnswer(flags={"odd": {ends[1000], ends[3000]}}))
    (row,) = score(WHERE, tmp_path, [site], {}).sites
    assert (row["without_cause"], row["readings"], row["by_rule"]) == (2, len(ends), {"odd": 2})
    label = SiteLabel("2023-02-11T00:00:00Z", "2023-02-11T23:00:00Z", "odd", "plot", "seen")
    (row,) = score(WHERE, tmp_path, [site], {"almeria": [label]}).sites
    assert (row["without_cause"], row["found"]) == (1, {})
