"""A certificate for this machine, made for a test."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest


def trusted(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """What a server of TLS at 127.0.0.1 uses, and the certificate that its clients must trust."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    terms = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(
        [program, "req", "-x509", "-subj", "/CN=127.0.0.1", *terms.split(), "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
        timeout=30,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate
