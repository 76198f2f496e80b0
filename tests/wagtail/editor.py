# Makes the empty site (--begin), or does what an editor does, as a list on standard input: [{"do": "write", "title": ..., "text": ...},
# {"do": "unpublish", "id": ...}, ...]; see acts.py. Prints the ids of the pages.
import json
import os
import sys

import django
from django.core.management import call_command
from django.db import transaction

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
django.setup()
if "--begin" in sys.argv:
    call_command("migrate", verbosity=0)
else:
    from acts import do

    with transaction.atomic():
        ids = do(json.load(sys.stdin))
    print(json.dumps(ids))
