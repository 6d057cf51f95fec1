"""Settings under test: the deployment's own, in a throw-away place, on the database that YEMAI_TEST_DATABASE names."""

import atexit
import os
import shutil
import tempfile

_room = tempfile.mkdtemp(prefix="yemai-test-")
atexit.register(shutil.rmtree, _room, ignore_errors=True)
for _name in [
    name
    for name in os.environ
    if name.startswith("YEMAI_") and name not in {"YEMAI_TEST_DATABASE", "YEMAI_NO_BROWSER", "YEMAI_SHARED_DATA"}
]:
    del os.environ[_name]  # a developer's own deployment must not colour the tests
os.environ["YEMAI_DATA"] = _room
if os.environ.get("YEMAI_TEST_DATABASE"):
    os.environ["YEMAI_DATABASE"] = os.environ["YEMAI_TEST_DATABASE"]

from yemai.conf.environment import sqlite_options  # noqa: E402 - the place is set first
from yemai.conf.settings import *  # noqa: E402, F403 - everything a deployment has, then what tests need otherwise
from yemai.conf.settings import DATABASES, STORAGES  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, as in a deployment: threads and processes meet in it and take turns. Not synced: it lives for minutes.
    DATABASES["default"]["OPTIONS"] = sqlite_options(synchronous="OFF")
    DATABASES["default"]["TEST"] = {"NAME": f"{_room}/test.sqlite3"}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True  # serves straight from the packages, nothing is gathered first
WHITENOISE_USE_FINDERS = True
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher"
]  # hundreds of sign-ins; strength is not what they test
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
API_WRITES_PER_DEVICE = API_WRITES_PER_ADDRESS = 0  # a test sends in seconds what an office sends in an hour
COCKPIT_SECONDS = 0  # tests look at once
