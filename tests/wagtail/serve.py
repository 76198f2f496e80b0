# Serves the site on a free port of loopback, and prints which one.
import os
from wsgiref.simple_server import make_server

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from django.core.wsgi import get_wsgi_application

server = make_server("127.0.0.1", 0, get_wsgi_application())
print(server.server_port, flush=True)
server.serve_forever()
