"""Times as the protocol writes them: ISO 8601 in UTC with milliseconds."""

import time


def iso(seconds=None):
    seconds = time.time() if seconds is None else seconds
    whole, milliseconds = divmod(int(seconds * 1000), 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + ".%03dZ" % milliseconds
