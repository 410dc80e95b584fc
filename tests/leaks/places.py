"""Where a pipeline may hold a secret: each place makes a pipeline with the secret there."""

import json
import urllib.parse

PLACES = {}
RETRY = {"max_attempts": 2, "backoff_factor": 0}


class Spot:
    """One pipeline with one secret: its text, its environment, the files beside it."""

    def __init__(self, client=None, endpoint=None, destination="duckdb:///leaks.duckdb",
                 environment=None, files=None, base=None, sent=True, more=None):
        self.client, self.endpoint = client or {}, endpoint or {}
        self.destination, self.base = destination, base
        self.environment, self.files = environment or {}, files or {}
        self.more = more or {}  # keys at the top of the file
        self.sent = sent  # whether the API sees it

    def pipeline(self, url):
        base = self.base(url) if self.base else url
        endpoint = {"path": "items", "data_selector": "data"} | self.endpoint
        to = {"destination": self.destination} if self.destination else {}
        return json.dumps(self.more | to | {
            "pipeline": "leaks", "dataset": "d",
            "source": {"rest_api": {
                "client": {"base_url": base, "retry": RETRY, "paginator": {
                    "type": "page_number", "base_page": 1, "total_path": "total",
                    "maximum_page": 2} if "total" in url else "single_page"} | self.client,
                "resources": [{"name": "items", "endpoint": endpoint}]}}}, indent=1)


def place(make):
    PLACES[make.__name__.replace("_", " ")] = make
    return make


def no_secret(s, server):
    """What the driver has to find, or it would find nothing anywhere."""
    return Spot({"headers": {"X-Note": s}})


@place
def bearer_token(s, server):
    return Spot({"auth": {"type": "bearer", "token": s}})


@place
def bearer_token_of_a_variable(s, server):
    return Spot({"auth": {"type": "bearer", "token": "${LEAK_TOKEN}"}}, environment={"LEAK_TOKEN": s})


@place
def bearer_token_of_secrets_toml(s, server):
    return Spot({"auth": {"type": "bearer"}}, files={
        ".headrace/secrets.toml": f"[sources.rest_api.credentials]\ntoken = {json.dumps(s)}\n"})


@place
def bearer_token_of_dlt_secrets_toml(s, server):
    return Spot({"auth": {"type": "bearer"}}, files={
        ".dlt/secrets.toml": f"[sources.rest_api.credentials]\ntoken = {json.dumps(s)}\n"})


@place
def bearer_token_of_the_environment(s, server):
    return Spot({"auth": {"type": "bearer"}},
                environment={"SOURCES__REST_API__CREDENTIALS__TOKEN": s})


@place
def bearer_token_of_dot_env(s, server):
    return Spot({"auth": {"type": "bearer", "token": "${LEAK_TOKEN}"}},
                files={".env": f"LEAK_TOKEN='{s}'\n"})


@place
def key_in_a_header(s, server):
    return Spot({"auth": {"type": "api_key", "name": "X-Api-Key", "api_key": s,
                          "location": "header"}})


@place
def key_in_the_query(s, server):
    return Spot({"auth": {"type": "api_key", "name": "key", "api_key": s, "location": "query"}})


@place
def key_in_a_cookie(s, server):
    return Spot({"auth": {"type": "api_key", "name": "session", "api_key": s,
                          "location": "cookie"}})


@place
def basic_password(s, server):
    return Spot({"auth": {"type": "http_basic", "username": "ada", "password": s}})


@place
def basic_password_of_a_variable(s, server):
    return Spot({"auth": {"type": "http_basic", "username": "ada", "password": "${LEAK_PASSWORD}"}},
                environment={"LEAK_PASSWORD": s})


@place
def bearer_token_of_a_file(s, server):
    return Spot({"auth": {"type": "bearer", "token": "${file:token.txt}"}},
                files={"token.txt": s + "\n"})


@place
def bearer_token_of_a_command(s, server):
    return Spot({"auth": {"type": "bearer", "token": "${exec:cat token.txt}"}},
                files={"token.txt": s + "\n"})


@place
def bearer_token_of_two_variables(s, server):
    return Spot({"auth": {"type": "bearer", "token": "${LEAK_A}${LEAK_B}"}},
                environment={"LEAK_A": s[:12], "LEAK_B": s[12:]})


@place
def bearer_token_half_of_config_toml(s, server):
    return Spot({"auth": {"type": "bearer", "token": "${half}${LEAK_B}"}},
                environment={"LEAK_B": s[12:]},
                files={".dlt/config.toml": f"half = {json.dumps(s[:12])}\n"})


@place
def basic_password_of_dlt_secrets_toml(s, server):
    return Spot({"auth": {"type": "http_basic"}}, files={
        ".dlt/secrets.toml": "[leaks.sources.rest_api.credentials]\nusername = \"ada\"\n"
                             f"password = {json.dumps(s)}\n"})


def client_credentials(s, url):
    return {"auth": {"type": "oauth2_client_credentials", "access_token_url": url,
                     "client_id": "leaks", "client_secret": s}}


@place
def oauth2_client_secret(s, server):
    return Spot(client_credentials(s, f"{server.origin}/echo-token/items"))


@place
def oauth2_client_secret_refused(s, server):
    return Spot(client_credentials(s, f"{server.origin}/echo-status/401/token"))


@place
def oauth2_client_secret_html(s, server):
    return Spot(client_credentials(s, f"{server.origin}/echo-html/token"))


@place
def hmac_key(s, server):
    return Spot({"auth": {"type": "hmac", "secret": s, "key": "leaks"}}, sent=False)


@place
def broken_private_key(s, server):
    key = f"-----BEGIN PRIVATE KEY-----\n{s}\n-----END PRIVATE KEY-----\n"
    return Spot({"auth": {"type": "oauth2_jwt_bearer", "client_id": "leaks", "private_key": key,
                          "auth_endpoint": f"{server.origin}/echo-token/items"}}, sent=False)


@place
def oauth2_refresh_token(s, server):
    return Spot({"auth": {"type": "oauth2_refresh_token", "client_id": "leaks",
                          "client_secret": "unused", "refresh_token": s,
                          "access_token_url": f"{server.origin}/echo-status/400/token"}})


@place
def oauth2_access_token_to_begin_with(s, server):
    spot = Spot(client_credentials("unused", f"{server.origin}/echo-token/items"))
    spot.client["auth"]["access_token"] = s
    return spot


@place
def oauth2_request_data(s, server):
    spot = Spot(client_credentials("unused", f"{server.origin}/echo-status/403/token"))
    spot.client["auth"]["access_token_request_data"] = {"password": s}
    return spot


@place
def sigv4_secret_key(s, server):
    return Spot({"auth": {"type": "aws_sigv4", "access_key_id": "AKIAEXAMPLE",
                          "secret_access_key": s, "region": "eu-north-1", "service": "execute-api"}},
                sent=False)


@place
def sigv4_session_token(s, server):
    return Spot({"auth": {"type": "aws_sigv4", "access_key_id": "AKIAEXAMPLE",
                          "secret_access_key": "unused", "session_token": s}})


@place
def tls_key_password(s, server):
    return Spot({"tls": {"cert": "none.pem", "key": "none.pem", "key_password": s}}, sent=False)


@place
def authorization_header(s, server):
    return Spot({"headers": {"Authorization": f"Token {s}"}})


@place
def authorization_header_of_a_variable(s, server):
    return Spot({"headers": {"Authorization": "Token ${LEAK_TOKEN}"}}, environment={"LEAK_TOKEN": s})


@place
def key_like_header(s, server):
    return Spot({"headers": {"X-Auth-Token": s}})


@place
def key_like_header_of_an_endpoint(s, server):
    return Spot(endpoint={"headers": {"X-Api-Key": s}})


@place
def cookie_header(s, server):
    return Spot({"headers": {"Cookie": f"session={urllib.parse.quote(s, safe='')}"}})


@place
def key_like_parameter(s, server):
    return Spot(endpoint={"params": {"api_key": s}})


@place
def key_like_parameter_of_a_variable(s, server):
    return Spot(endpoint={"params": {"access_token": "${LEAK_TOKEN}"}},
                environment={"LEAK_TOKEN": s})


@place
def key_in_the_path(s, server):
    return Spot(endpoint={"path": f"items?token={urllib.parse.quote(s, safe='')}"})


@place
def auth_of_an_endpoint(s, server):
    return Spot(endpoint={"auth": {"type": "bearer", "token": s}})


@place
def user_info_of_the_base_url(s, server):
    def base(url):
        return url.replace("://", f"://ada:{urllib.parse.quote(s, safe='')}@")
    return Spot(base=base)


@place
def proxy_password(s, server):
    quoted = urllib.parse.quote(s, safe="")
    return Spot({"proxy": f"http://ada:{quoted}@{server.origin[len('http://'):]}"})


@place
def postgres_password(s, server):
    quoted = urllib.parse.quote(s, safe="")
    return Spot(destination=f"postgres://ada:{quoted}@127.0.0.1:9/db", sent=False)


@place
def postgres_password_of_a_variable(s, server):
    quoted = urllib.parse.quote(s, safe="")
    return Spot(destination="${LEAK_DATABASE}", sent=False,
                environment={"LEAK_DATABASE": f"postgres://ada:{quoted}@127.0.0.1:9/db"})


def configured_postgres(**fields):
    """A destination by its name, which is told in config.toml."""
    secrets = "".join(f"{name} = {json.dumps(value)}\n" for name, value in fields.items())
    return Spot(destination=None, sent=False, files={
        ".dlt/config.toml": '[pipelines.leaks]\ndestination_name = "warehouse"\n'
                            '[destination.warehouse]\ndestination_type = "postgres"\n',
        ".dlt/secrets.toml": f"[destination.warehouse.credentials]\n{secrets}"})


@place
def postgres_password_of_secrets_toml(s, server):
    return configured_postgres(host="127.0.0.1", port="9", database="db", username="ada",
                               password=s)


@place
def postgres_url_of_config_toml(s, server):
    quoted = urllib.parse.quote(s, safe="")
    return Spot(destination=None, sent=False, files={
        ".dlt/config.toml": "[pipelines.leaks]\n"
                            f'destination_name = "postgres://ada:{quoted}@127.0.0.1:9/db"\n'})


@place
def alert_of_a_variable(s, server):
    quoted = urllib.parse.quote(s, safe="")
    return Spot(environment={"LEAK_HOOK": f"{server.origin}/no-echo/{quoted}"},
                more={"alerts": {"webhook": "${LEAK_HOOK}", "on": ["failure", "success"]}})


@place
def alert_of_secrets_toml(s, server):
    quoted = urllib.parse.quote(s, safe="")
    return Spot(files={".dlt/secrets.toml": "[runtime]\nslack_incoming_hook = "
                                            f'"{server.origin}/no-echo/{quoted}"\n'})


@place
def token_that_the_api_issues(s, server):
    """Not ours: echo-token hands out what it is sent as client_id."""
    spot = Spot(client_credentials("unused", f"{server.origin}/echo-token/items"))
    spot.client["auth"]["client_id"] = s
    return spot
