"""Two greetings in turn, on port 9000. Change VERSION and deploy again."""

import os
from itertools import cycle
from wsgiref.simple_server import make_server

VERSION = 1
GREETINGS = cycle(["Hello World!", "Hello again!"])
SERVED_BY = f"{os.environ.get('BLUEGREEN_COLOR', 'no color')} VERSION {VERSION}"


def app(environ, start_response):
    body = f"{next(GREETINGS)} VERSION {VERSION}\n".encode()
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body))), ("X-Served-By", SERVED_BY)]
    start_response("200 OK", headers)
    return [body]


with make_server("", 9000, app) as server:
    server.serve_forever()
