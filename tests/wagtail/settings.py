# A site of questions and answers, as small as Wagtail lets it be. Its database is a file that KNOWLEDGE_DATABASE names.
import os

SECRET_KEY = "only-for-tests"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "urls"
WAGTAIL_SITE_NAME = "Knowledge"
WAGTAILADMIN_BASE_URL = "http://127.0.0.1"
STATIC_URL = "/static/"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["KNOWLEDGE_DATABASE"]}}
INSTALLED_APPS = [
    "faq",
    "wagtail.api.v2",
    "wagtail.users",
    "wagtail.admin",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail",
    "taggit",
    "rest_framework",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
]
MIDDLEWARE = ["trap.MidSweep"]
