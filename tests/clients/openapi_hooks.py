"""What schemathesis puts into paths: mostly the conversation and the message that are there, so that it gets further than
404."""

import os
import zlib

import schemathesis

KNOWN = {"token": os.environ.get("CHINWAG_TOKEN"), "messageId": os.environ.get("CHINWAG_MESSAGE"), "userId": "bob"}


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    for name, value in KNOWN.items():
        if path_parameters and name in path_parameters and zlib.crc32(repr(path_parameters[name]).encode()) % 4:
            path_parameters[name] = value
    return path_parameters
