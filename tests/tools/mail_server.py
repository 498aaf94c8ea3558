"""A mail server that keeps what it gets in a Maildir, until it is killed.

    mail_server.py PORT MAILDIR [--login USER:PASSWORD] [--starttls DIR | --smtps DIR]

DIR holds the server's certificate, as certificate.py makes it.
"""

import argparse
import signal
import ssl

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import AuthResult

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("maildir")
parser.add_argument("--login")
parser.add_argument("--starttls")
parser.add_argument("--smtps")
args = parser.parse_args()


def certificate(folder):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(f"{folder}/server.pem", f"{folder}/server.key")
    return context


def authenticate(server, session, envelope, mechanism, data):
    given = f"{data.login.decode()}:{data.password.decode()}"
    return AuthResult(success=given == args.login, handled=False)


options = {"enable_SMTPUTF8": True, "decode_data": False}
if args.login:
    options |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False}
if args.starttls:
    options |= {"tls_context": certificate(args.starttls), "require_starttls": True}
if args.smtps:
    options |= {"ssl_context": certificate(args.smtps)}
controller = Controller(Mailbox(args.maildir), hostname="127.0.0.1", port=args.port, **options)
controller.start()
signal.pause()
