"""Makes an authority and a certificate of it for localhost: ca.pem, server.pem and server.key.

    certificate.py DIR
"""

import datetime
import ipaddress
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

now = datetime.datetime.now(datetime.timezone.utc)
folder = sys.argv[1]


def certificate(name, key, issuer, issuer_key, extensions):
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, hashes.SHA256())


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def write(file, data):
    with open(f"{folder}/{file}", "wb") as out:
        out.write(data)


ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
ca = certificate(name("test"), ca_key, name("test"), ca_key, [(x509.BasicConstraints(True, 0), True)])
names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
server = certificate(
    name("localhost"), key, name("test"), ca_key, [(x509.SubjectAlternativeName(names), False)]
)
pem = serialization.Encoding.PEM
write("ca.pem", ca.public_bytes(pem))
write("server.pem", server.public_bytes(pem))
write(
    "server.key",
    key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
)
