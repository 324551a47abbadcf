"""Certificates for this machine, made for a test."""

import shutil
import ssl
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest


class Files(NamedTuple):
    """A certificate, which its clients must trust, and its key."""

    certificate: Path
    key: Path


def made(folder: Path, name: str = "", *, days: int = 60) -> Files:
    """A new certificate for 127.0.0.1 that ends after so many days; before now if they are negative."""
    files = Files(folder / f"{name}certificate.pem", folder / f"{name}key.pem")
    request = folder / f"{name}request.pem"
    extension = folder / f"{name}extension"
    extension.write_text("subjectAltName=IP:127.0.0.1\nbasicConstraints=critical,CA:TRUE\n")
    _openssl(
        "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=127.0.0.1",
        "-keyout", files.key, "-out", request,
    )  # fmt: skip
    _openssl(
        "x509", "-req", "-in", request, "-signkey", files.key, "-days", str(days), "-extfile", extension,
        "-out", files.certificate,
    )  # fmt: skip
    files.key.chmod(0o600)
    return files


def _openssl(*arguments: str | Path) -> None:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    subprocess.run([program, *arguments], check=True, capture_output=True, timeout=30)


def trusted(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """What a server of TLS at 127.0.0.1 uses, and the certificate that its clients must trust."""
    files = made(folder, days=2)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context, files.certificate
