"""The API: serves what is stored over HTTP, and accepts readings and sites.

handler.py       an HTTP API event in, an answer out
app.py           the application: its routes, its problems, its OpenAPI document
routes/          one file a resource
parameters.py    the parameters of requests, with their limits and examples
times.py         the times in a request: periods, days, hours
spans.py         which stretch of a site's time totals are asked for
bodies.py        what is sent, with its limits
registering.py   a site as it is sent
own_pages.py     which web pages may write
content_negotiation.py   which form of an answer a request accepts
cursors.py       a page's end, as opaque text
models.py        the shapes of answers, with units; view_models.py: of what is worked out; sent_models.py: of
                 what is sent; model_fields.py: what they share
encode.py        stored items into those shapes, and these into bytes
revalidation.py  ETags: 304 for what hasn't changed
answers.py       a page with its `next` and its Link
tables.py        readings as CSV and Arrow
fleet.py         a site's row in the fleet
totals.py        totals by hour, day and month
unjudged.py      which checks are off for a site, and why
dashboard/       the dashboard's static files
docs/            Swagger UI's, for /docs
static_files.py  how both are served
problems.py      the problems of RFC 9457
failures.py      which exception is which problem
openapi.py       the OpenAPI document's shapes, answers and tokens
ports.py         what the routes read and write
dependencies.py  how routes get their stores and clock
wiring.py        makes the stores from the environment's settings
"""
