"""The view of feeds: a file is dropped, looked at, answered, added and landed; nothing is kept before."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FilePayload, Page, expect

from browser import world
from browser.conftest import Open
from browser.server import World
from fakes.stores import FakeFeeds
from unit.api.fleet import FakeLanding

CSV = (
    b"Zeitstempel (Beginn);Einspeisung kWh;Bezug kWh\n"
    b"01.06.2026 11:45;1,25;0,400\n01.06.2026 12:00;1,31;0,385\n01.06.2026 12:15;1,18;0,392\n"
)
# What a hostile file may write wherever its text is shown: names, cells, the file's own name.
HOSTILE = f'Zeit;"{world.EVIL} kWh";Status {world.EVIL};Meter\n'.encode() + b"".join(
    f'2026-06-{day:02} 12:00;1,5;"{world.EVIL}{day % 2}";"{world.EVIL}"\n'.encode() for day in range(1, 25)
)
# Drops a file on the page, as the hand does.
_DROP = """([name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  const zone = document.querySelector(".drop");
  for (const type of ["dragover", "drop"]) {
    zone.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true }));
  }
}"""


def choose(page: Page, body: bytes = CSV, name: str = "export_0815.csv") -> None:
    """Choose a file as the keyboard or a click does."""
    file: FilePayload = {"name": name, "mimeType": "text/csv", "buffer": body}
    page.locator("#feed-file").set_input_files(file)


def answered(open_page: Open, *, phone: bool = False, dark: bool = False) -> Page:
    """Open the view, choose a file, and answer what is asked."""
    page = open_page("feeds", phone=phone, dark=dark)
    choose(page)
    page.get_by_role("button", name="Europe/Berlin").click()
    page.get_by_role("button", name="export_0815", exact=True).click()
    expect(page.locator(".found").first).to_contain_text("nothing left to ask")
    return page


@pytest.mark.browser_fast
def test_a_dropped_file_is_shown_as_it_would_be_stored(open_page: Open) -> None:
    """Readings with local and UTC times, sums with units, and questions with their candidates; nothing can be added."""
    page = open_page("feeds")
    page.evaluate(_DROP, ["export_0815.csv", CSV.decode()])
    expect(page.locator(".found").first).to_have_text("export_0815.csv: 3 readings, 2 questions open")
    expect(page.locator(".question").first).to_contain_text("In which time zone are the stamps?")
    expect(page.locator(".tile", has_text="Generated")).to_contain_text("3.74 kWh")
    expect(page.get_by_role("columnheader", name="Ends (Europe/Berlin, UTC+2)")).to_be_visible()
    row = page.locator("tbody tr").first
    for words in ("1 Jun 2026, 12:00", "1 Jun 2026, 10:00", "15 min", "export_0815", "1.25", "0.4", "actual"):
        expect(row).to_contain_text(words)
    expect(page.get_by_role("button", name="Answer what is asked first")).to_be_disabled()


@pytest.mark.browser_fast
def test_answers_then_a_name_then_the_file_lands(open_page: Open, answers: World) -> None:
    """Each answer asks again; the profile is kept under the name given; the same file lands, and its fate is shown."""
    page = answered(open_page)
    page.get_by_label("Name of the feed").fill("portal")
    page.get_by_role("button", name="Add the feed").click()
    expect(page.get_by_text("Version 1 of portal reads the files that land below raw/portal/")).to_be_visible()
    feeds, landing = answers.stores.feeds, answers.stores.landing
    assert isinstance(feeds, FakeFeeds)
    assert isinstance(landing, FakeLanding)
    assert (feeds.versions["portal"][0].profile.time.zone, landing.kept) == ("Europe/Berlin", {})
    page.get_by_role("button", name="Land export_0815.csv now").click()
    expect(page.locator(".file .outcome")).to_contain_text("286 of 288 records stored")
    page.get_by_role("button", name="2 rejected").click()
    expect(page.locator(".rejected")).to_contain_text("timestamp has no offset")
    assert list(landing.kept.values()) == [CSV]
    expect(page.get_by_role("region", name="Feeds", exact=True)).to_contain_text("portal")


def test_an_answer_is_changed_or_typed(open_page: Open) -> None:
    """What was chosen stays in sight; another answer is typed, and one that doesn't fit says so."""
    page = answered(open_page)
    chosen = page.get_by_role("button", name="Europe/Berlin")
    expect(chosen).to_have_attribute("aria-pressed", "true")
    typed = page.get_by_label("Another answer: In which time zone are the stamps?")
    typed.fill("Europe/Lisbon")
    typed.press("Enter")
    expect(page.get_by_role("columnheader", name="Ends (Europe/Lisbon, UTC+1)")).to_be_visible()
    expect(chosen).to_have_attribute("aria-pressed", "false")


def test_it_goes_by_the_keyboard(open_page: Open) -> None:
    """The file's field, the answers and the button are reached in their order by Tab, and work by Space and Enter."""
    page = open_page("feeds")
    page.locator("#feed-file").focus()
    choose(page)
    expect(page.locator(".question")).to_have_count(2)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Europe/Berlin")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".question.open")).to_have_count(1)
    expect(page.get_by_role("button", name="Europe/Berlin")).to_be_focused()


def test_a_name_that_is_there_is_said(open_page: Open) -> None:
    """The next version is announced before it is added, and a name that can't be one is refused at once."""
    page = answered(open_page)
    page.get_by_label("Name of the feed").fill("portal")
    page.get_by_role("button", name="Add the feed").click()
    expect(page.get_by_role("region", name="Feeds", exact=True)).to_contain_text("portal")
    expect(page.locator("#feed-name-note")).to_contain_text("adds version 2")
    page.get_by_label("Name of the feed").fill("Portal!")
    expect(page.locator("#feed-name-note")).to_contain_text("1 to 63 of a-z")
    expect(page.get_by_role("button", name="Add the feed")).to_be_disabled()


@pytest.mark.parametrize(
    ("body", "said"),
    [(b"hello\nworld\n", "nothing in the file looks like rows"), (b"x" * (4 * 2**20 + 1), "'heliograph feeds detect'")],
)
def test_a_file_that_is_none_says_why(open_page: Open, complaints: list[str], body: bytes, said: str) -> None:
    """In words, and the view is ready for the next file."""
    page = open_page("feeds")
    choose(page, body)
    expect(page.locator(".found").first).to_contain_text(said)
    choose(page)
    expect(page.locator(".question")).to_have_count(2)
    complaints.clear()  # the browser notes the 422


def test_a_taken_name_is_refused_in_words(open_page: Open, complaints: list[str]) -> None:
    """The API's own sentence stands below the button, which stays."""
    page = answered(open_page)
    page.get_by_label("Name of the feed").fill("submit")
    page.get_by_role("button", name="Add the feed").click()
    expect(page.get_by_text("'submit' is taken by Heliograph's own files")).to_be_visible()
    expect(page.get_by_role("button", name="Add the feed")).to_be_enabled()
    complaints.clear()  # the browser notes the 422


def test_a_prefix_in_use_is_asked_about(open_page: Open, answers: World, complaints: list[str]) -> None:
    """Where native files land below that name, the page says so, and adds the feed if that is meant."""
    feeds = answers.stores.feeds
    assert isinstance(feeds, FakeFeeds)
    feeds.landed.add("gateway-7")
    page = answered(open_page)
    page.get_by_label("Name of the feed").fill("gateway-7")
    page.get_by_role("button", name="Add the feed").click()
    expect(page.get_by_text("files land below raw/gateway-7/ already")).to_be_visible()
    page.get_by_role("button", name="Add it all the same").click()
    expect(page.get_by_text("Version 1 of gateway-7 reads")).to_be_visible()
    complaints.clear()  # the browser notes the 409


def test_a_hostile_file_is_only_text(open_page: Open) -> None:
    """Markup in names, cells and the file's own name is shown as it stands; no image is asked for, nothing runs."""
    page = open_page("feeds")
    choose(page, HOSTILE, f"{world.EVIL}.csv")
    expect(page.locator(".question").first).to_be_visible()
    expect(page.locator("main")).to_contain_text("onerror")
    assert page.locator("main img").count() == 0


@pytest.mark.parametrize("phone", [False, True], ids=["1440", "375"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_file_that_is_shown_has_no_barrier(open_page: Open, *, dark: bool, phone: bool) -> None:
    """No serious finding of axe with questions, tables and the outcome on the page, and no sideways scrolling."""
    page = answered(open_page, phone=phone, dark=dark)
    page.get_by_text("What the file itself tells").click()
    page.get_by_role("button", name="Add the feed").click()
    expect(page.get_by_role("button", name="Land export_0815.csv now")).to_be_focused()
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
