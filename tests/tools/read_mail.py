"""Reads mails with Python's own parser and prints what it finds, as JSON.

    read_mail.py FILE...
"""

import json
import sys
from email import message_from_binary_file, policy


def read(path):
    with open(path, "rb") as file:
        mail = message_from_binary_file(file, policy=policy.default)
    parts = list(mail.walk())
    body = {kind: mail.get_body((kind,)) for kind in ("plain", "html")}
    return {
        "headers": [[name, str(value)] for name, value in mail.items()],
        "to": [[a.display_name, a.addr_spec] for a in mail["To"].addresses],
        "from": [[a.display_name, a.addr_spec] for a in mail["From"].addresses],
        "date": mail["Date"].datetime.isoformat(),
        "parts": [part.get_content_type() for part in parts],
        "text": body["plain"] and body["plain"].get_content(),
        "html": body["html"] and body["html"].get_content(),
        "defects": [repr(d) for part in parts for d in part.defects]
        + [repr(d) for part in parts for value in part.values() for d in value.defects],
    }


json.dump([read(path) for path in sys.argv[1:]], sys.stdout)
