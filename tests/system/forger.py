"""Tokens with whatever claims, signed with a development key as its issuer would."""

import base64
import json
import subprocess
import tempfile

# An EC private key on P-256 in DER (RFC 5915), around its three numbers.
DER = (bytes.fromhex("30770201010420"), bytes.fromhex("a00a06082a8648ce3d030107a14403420004"))


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def segment(value):
    return encode(json.dumps(value).encode())


def number(der, at):
    """The INTEGER at a place of a DER signature as 32 bytes, and where the next one begins."""
    end = at + 2 + der[at + 1]
    return der[at + 2:end].lstrip(b"\0").rjust(32, b"\0"), end


def sign(key_path, claims):
    """A token of these claims under the private JWK in a file."""
    with open(key_path, encoding="ascii") as file:
        key = json.load(file)
    signed = f"{segment({'alg': 'ES256', 'kid': key['kid'], 'typ': 'JWT'})}.{segment(claims)}"
    der = DER[0] + decode(key["d"]) + DER[1] + decode(key["x"]) + decode(key["y"])
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"-----BEGIN EC PRIVATE KEY-----\n" + base64.encodebytes(der)
                   + b"-----END EC PRIVATE KEY-----\n")
        file.flush()
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", file.name],
                                   input=signed.encode(), check=True, capture_output=True).stdout
    r, end = number(signature, 2)
    return f"{signed}.{encode(r + number(signature, end)[0])}"
