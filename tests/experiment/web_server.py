"""nginx for tests: docs/deployment/nginx.conf with other names, ports and paths."""

import os
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.experiment.serving import free_port

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "docs" / "deployment" / "nginx.conf"
START_SECONDS = 10
# Where a user who is not root may write.
MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/main.log;
{user}
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    types {{ text/css css; application/javascript js; image/svg+xml svg; }}
    include {folder}/site.conf;
}}
"""


@dataclass(frozen=True, slots=True)
class WebServer:
    """nginx on 127.0.0.1 with a certificate of its own."""

    http: str
    https: str
    port: int  # of https
    context: ssl.SSLContext  # that trusts it
    log: Path

    def client(self) -> httpx.Client:
        """A browser that knows the certificate and no proxy."""
        return httpx.Client(base_url=self.https, verify=self.context, trust_env=False)


def find_nginx() -> str | None:
    """The program, also where it is on root's path only."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def adapt(site: str, folder: Path, hitrate_port: int, http_port: int, https_port: int) -> str:
    """The site with the places that the docs say to change, and ports of the tests'."""
    changes = {
        "memory.example.org;": "localhost;",
        "/etc/letsencrypt/live/memory.example.org/": f"{folder}/",
        "/var/log/nginx/hitrate.log": f"{folder}/site.log",
        "/opt/hitrate/static/": f"{ROOT / 'experiment' / 'static'}/",
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{hitrate_port};",
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "listen 80;": f"listen 127.0.0.1:{http_port};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{https_port} ssl http2;",
    }
    for old, new in changes.items():
        assert old in site, old
        site = site.replace(old, new)
    return site


def write_files(folder: Path, hitrate_port: int, http_port: int, https_port: int) -> Path:
    """Configuration and certificate in a folder: the file to start nginx with."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")],
        check=True,
        capture_output=True,
    )  # fmt: skip
    site = adapt(SITE.read_text(encoding="utf-8"), folder, hitrate_port, http_port, https_port)
    (folder / "site.conf").write_text(site, encoding="utf-8")
    user = "user root;" if os.geteuid() == 0 else ""  # pytest's folders are its own user's
    main = folder / "nginx.conf"
    main.write_text(MAIN.format(folder=folder, user=user), encoding="utf-8")
    return main


@contextmanager
def web_server(nginx: str, folder: Path, hitrate_port: int) -> Iterator[WebServer]:
    """nginx in front of a server, within the block."""
    http_port, https_port = free_port(), free_port()
    main = write_files(folder, hitrate_port, http_port, https_port)
    process = subprocess.Popen([nginx, "-c", str(main), "-p", str(folder)])
    server = WebServer(
        f"http://127.0.0.1:{http_port}",
        f"https://localhost:{https_port}",
        https_port,
        ssl.create_default_context(cafile=str(folder / "fullchain.pem")),
        folder / "site.log",
    )
    try:
        end = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < end:
            try:
                httpx.get(server.http, trust_env=False)
                break
            except httpx.HTTPError:
                time.sleep(0.05)
        yield server
    finally:
        process.terminate()
        process.wait(10)
