"""The API: serves what is stored over HTTP, and accepts readings and sites.

handler.py         an HTTP API event in, an answer out
wiring.py          makes the stores from the environment's settings
app.py             the application: its routes, its problems, its OpenAPI document
routes/            a file a resource: its shape, how it is made of what is stored, its routes
parameters.py      what a route is handed: parameters, times, a body, stores, the clock, who asks
answers.py         JSON with exact numbers, pages of lists and their cursors
tables.py          readings as CSV and Arrow
totals.py          totals by hour, day and month
problems.py        the problems of RFC 9457, and which failure becomes which
http_semantics.py  negotiation, revalidation, no writing by other sites' pages
openapi.py         the OpenAPI document, from the routes and their shapes
ports.py           what the routes read and write
static_files.py    the files of the dashboard and of /docs
dashboard/         the dashboard
docs/              Swagger UI
"""
