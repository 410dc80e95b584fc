#!/usr/bin/env python3
"""Secrets from vaults: vaults.py HEADRACE

The token of an API comes from HashiCorp Vault, Google Secret Manager and AWS Secrets Manager. The first
two are small servers here, which check who asks as the real ones do (X-Vault-Token; a signed JWT for
an access token); the third is moto's, which checks signatures."""

import base64
import http.server
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

HEADRACE = sys.argv[1]
MOTO = pathlib.Path(sys.executable).with_name("moto_server")
FOLDER = None  # an empty one for the whole test


class Server(http.server.BaseHTTPRequestHandler):
    """The API, a Vault and Google's two, by their paths."""

    protocol_version = "HTTP/1.1"
    seen = []  # what the API was shown
    asked = []  # paths of the vaults
    vault = {}
    google = {}

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/api/items":
            Server.seen.append(self.headers.get("Authorization"))
            return self.answer(200, [{"id": 1}])
        Server.asked.append(path)
        return self.do_vault(path) if path.startswith("/v1/secret/") else self.do_google(path)

    def do_vault(self, path):
        if self.headers.get("X-Vault-Token") != "hvs.the-vault-token":
            return self.answer(403, {"errors": ["permission denied"]})
        data = Server.vault.get(path.removeprefix("/v1/secret/data/"))
        if data is None:
            return self.answer(404, {"errors": []})
        return self.answer(200, {"data": {"data": data, "metadata": {"version": 1}}})

    def do_google(self, path):
        if self.headers.get("Authorization") != "Bearer google-access":
            return self.answer(401, {"error": {"status": "UNAUTHENTICATED"}})
        name = re.fullmatch("/v1/projects/shop-1/secrets/([^/]+)/versions/latest:access", path)
        if not name or name[1] not in Server.google:
            return self.answer(404, {"error": {"code": 404, "status": "NOT_FOUND"}})
        data = base64.b64encode(Server.google[name[1]].encode()).decode()
        return self.answer(200, {"name": path, "payload": {"data": data}})

    def do_POST(self):
        form = urllib.parse.parse_qs(
            self.rfile.read(int(self.headers["Content-Length"])).decode())
        head, claims, signature = form["assertion"][0].split(".")
        signed = FOLDER / "signature"
        signed.write_bytes(base64.urlsafe_b64decode(signature + "=="))
        checked = subprocess.run(
            ["openssl", "dgst", "-sha256", "-verify", FOLDER / "public.pem", "-signature", signed],
            input=f"{head}.{claims}".encode(), capture_output=True, check=False)
        said = json.loads(base64.urlsafe_b64decode(claims + "=="))
        if checked.returncode or said["iss"] != "loader@shop-1.example" \
                or not said["scope"].endswith("/auth/cloud-platform"):
            return self.answer(400, {"error": "invalid_grant"})
        return self.answer(200, {"access_token": "google-access", "expires_in": 3600})


def run(command, **env):
    Server.seen.clear()
    Server.asked.clear()
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "VAULT_", "GOOGLE_"))}
    done = subprocess.run([HEADRACE, *command.split()], cwd=FOLDER, capture_output=True, text=True,
                          env={**plain, "HOME": str(FOLDER), **env}, timeout=60)
    print(done.stderr, end="")
    assert "from-the-vault" not in done.stdout + done.stderr, done.stdout
    return done


def loads_with(token, **env):
    done = run("run p.yaml", **env)
    assert done.returncode == 0 and Server.seen == [f"Bearer {token}"], (done.stderr, Server.seen)


def config(text):
    (FOLDER / ".dlt/config.toml").write_text(text)


def hashicorp(base):
    config(f'[providers]\nenable_hashicorp_vault = true\nhashicorp_vault.address = "{base}"\n')
    Server.vault = {"dlt/sources/credentials": {"token": "from-the-vault-1"},
                    "dlt/vaults/sources/credentials": {"token": "from-the-vault-2"}}
    loads_with("from-the-vault-2", VAULT_TOKEN="hvs.the-vault-token")
    assert len(Server.asked) == len(set(Server.asked)), Server.asked  # each once
    trace = run("trace --pipeline vaults --json", VAULT_TOKEN="hvs.the-vault-token").stdout
    told = {v["key"]: v for v in json.loads(trace)["config_values"]}
    assert told["vaults.sources.credentials.token"]["provider"] == "HashiCorp Vault", told
    assert told["providers.hashicorp_vault.address"]["value"] == base, told
    assert "from-the-vault" not in trace and "hvs." not in trace, trace
    assert not Server.asked, Server.asked  # who only looks needs no hook
    del Server.vault["dlt/vaults/sources/credentials"]
    (FOLDER / ".vault-token").write_text("hvs.the-vault-token\n")
    loads_with("from-the-vault-1")
    # The environment comes first, and then nobody is asked.
    loads_with("mine", SOURCES__REST_API__CREDENTIALS__TOKEN="mine",
               VAULTS__SOURCES__REST_API__CREDENTIALS__TOKEN="mine")
    refused = run("run p.yaml", VAULT_TOKEN="hvs.another")
    assert refused.returncode == 2 and \
        "HashiCorp Vault (which denied access): vaults." in refused.stderr, refused.stderr
    explained = run("config explain sources.rest_api.credentials.token")
    assert re.search(r"HashiCorp Vault[ |]+sources\.credentials\.token[ |]+set", explained.stdout)
    Server.vault = {}
    missing = run("run p.yaml")
    assert "~/.dlt/config.toml, HashiCorp Vault: vaults.sources.rest_api" in missing.stderr, \
        missing.stderr
    assert ", credentials.token; there is no .env" in missing.stderr, missing.stderr
    (FOLDER / ".vault-token").unlink()
    missing = run("run p.yaml")
    assert missing.returncode == 2 and "or the variable VAULT_TOKEN" in missing.stderr


def google(base):
    key = subprocess.run(["openssl", "genpkey", "-algorithm", "RSA"], capture_output=True,
                         text=True, check=True).stdout
    public = subprocess.run(["openssl", "pkey", "-pubout"], input=key, capture_output=True,
                            text=True, check=True).stdout
    (FOLDER / "public.pem").write_text(public)
    account = {"type": "service_account", "project_id": "shop-1", "private_key": key,
               "client_email": "loader@shop-1.example", "token_uri": f"{base}/token"}
    (FOLDER / "account.json").write_text(json.dumps(account))
    config(f'[providers]\nenable_google_secrets = true\ngoogle_secrets.endpoint_url = "{base}"\n')
    files = {"GOOGLE_APPLICATION_CREDENTIALS": str(FOLDER / "account.json")}
    # dlt's fragments of secrets.toml; the more special one wins.
    Server.google = {"dlt_secrets_toml": '[sources.credentials]\ntoken = "general"\n',
                     "sources-rest_api": '[sources.rest_api.credentials]\ntoken="from-the-vault-3"'}
    loads_with("from-the-vault-3", **files)
    Server.google = {"sources": "not TOML: from-the-vault"}
    wrong = run("run p.yaml", **files)
    assert wrong.returncode == 2 and "sources is no TOML or JSON document" in wrong.stderr
    Server.google = {"sources-rest_api-credentials-token": "from-the-vault-4"}
    assert run("run p.yaml", **files).returncode == 2
    loads_with("from-the-vault-4", **files,
               PROVIDERS__GOOGLE_SECRETS__ONLY_TOML_FRAGMENTS="false")


class Moto:
    """moto's server, which checks signatures after the calls that make a user and a secret."""

    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        self.server = subprocess.Popen(
            [MOTO, "-H", "127.0.0.1", "-p", self.url.rsplit(":", 1)[1]],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "4"})
        for _ in range(300):
            try:
                urllib.request.urlopen(self.url + "/moto-api/", timeout=5).read()
                return
            except OSError:
                time.sleep(0.1)
        sys.exit("moto does not start")

    def call(self, service, body, **headers):
        """A call that is not checked; its signature tells moto which service is meant."""
        request = urllib.request.Request(self.url, body.encode(), {
            "Authorization": "AWS4-HMAC-SHA256 "
            f"Credential=x/20240101/eu-west-1/{service}/aws4_request", **headers})
        return urllib.request.urlopen(request, timeout=20).read().decode()

    def iam(self, **fields):
        return self.call("iam", urllib.parse.urlencode({"Version": "2010-05-08", **fields}),
                         **{"Content-Type": "application/x-www-form-urlencoded"})


def aws():
    moto = Moto()
    try:
        moto.iam(Action="CreateUser", UserName="me")
        made = moto.iam(Action="CreateAccessKey", UserName="me")
        moto.iam(Action="PutUserPolicy", UserName="me", PolicyName="read", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}))
        moto.call("secretsmanager", json.dumps(
            {"Name": "dlt/sources/rest_api",
             "SecretString": '{"sources": {"credentials": {"token": "from-the-vault-5"}}}'}),
            **{"Content-Type": "application/x-amz-json-1.1",
               "X-Amz-Target": "secretsmanager.CreateSecret"})
        config("[providers]\nenable_aws_secrets = true\n[providers.aws_secrets.credentials]\n"
               f'region_name = "eu-west-1"\nendpoint_url = "{moto.url}"\n')
        keys = {"AWS_ACCESS_KEY_ID": re.search("<AccessKeyId>(.*?)<", made)[1],
                "AWS_SECRET_ACCESS_KEY": re.search("<SecretAccessKey>(.*?)<", made)[1]}
        loads_with("from-the-vault-5", **keys)
        wrong = run("run p.yaml", **{**keys, "AWS_SECRET_ACCESS_KEY": "not-the-key"})
        assert wrong.returncode != 0 and "AWS Secrets Manager" in wrong.stderr
        assert "ignature" in wrong.stderr, wrong.stderr
    finally:
        moto.server.terminate()
        moto.server.wait(timeout=30)


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    (FOLDER / ".dlt").mkdir()
    (FOLDER / "p.yaml").write_text(
        "pipeline: vaults\nsource:\n  rest_api:\n"
        f"    client: {{base_url: '{base}/api/', auth: {{type: bearer}}}}\n"
        "    resources: [{name: items, endpoint: {paginator: single_page}}]\n")
    hashicorp(base)
    google(base)
    aws()
    server.shutdown()


with tempfile.TemporaryDirectory() as name:
    FOLDER = pathlib.Path(name)
    main()
