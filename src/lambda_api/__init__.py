"""The API: what is stored, served over an HTTP API; readings and sites, taken in.

handler.py       an HTTP API event in, an answer out
app.py           the application: its routes, its problems, its OpenAPI document
routes/          one file a resource
parameters.py    what a request may say, with its limits and examples
times.py         the times in a request: periods, days, hours
spans.py         which stretch of a site's time totals are asked for
clock.py         the site's own clock
bodies.py        what is sent, with its limits
registering.py   a site as it is sent
accepting.py     which form of an answer a request accepts
cursors.py       where a page ends, as text only this API reads
models.py        the shapes of answers, with units; view_models.py: of what is worked out; sent_models.py: of
                 what is sent; model_fields.py: what they share
encode.py        what is stored becomes those shapes, and they become bytes
revalidation.py  what hasn't changed isn't sent again
answers.py       a page with its `next` and its Link
tables.py        readings as CSV and Arrow
fleet.py         a site at a glance
totals.py        totals by hour, day and month
unjudged.py      which checks are off for a site, and why
dashboard/       the dashboard's static files
docs/            Swagger UI's, for /docs
static_files.py  how both are served
problems.py      what can go wrong, as RFC 9457 tells it
failures.py      which exception is which problem
openapi.py       the OpenAPI document's shapes, answers and tokens
ports.py         what the routes read and write
dependencies.py  how routes get their stores and clock
wiring.py        the environment's settings make the stores
"""
