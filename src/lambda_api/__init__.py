"""The API: what is stored, served as JSON over an HTTP API.

handler.py       an HTTP API event in, an answer out
app.py           the application: its routes, its problems, its OpenAPI document
routes/          one file a resource
parameters.py    what a request may say, with its limits and examples
times.py         the times in a request: periods, days, hours
cursors.py       where a page ends, as text only this API reads
models.py        the shapes of answers, with units
encode.py        what is stored becomes those shapes, and they become bytes
revalidation.py  what hasn't changed isn't sent again
answers.py       a page with its `next` and its Link
unjudged.py      which checks are off for a site, and why
problems.py      what can go wrong, as RFC 9457 tells it
failures.py      which exception is which problem
openapi.py       the OpenAPI document's problem answers
docs.py          the OpenAPI document as a page to read
ports.py         what the routes read
dependencies.py  how routes get their stores and clock
wiring.py        the environment's settings make the stores
"""
