/* Credentials: what is sent, to whom, and how tokens are renewed. */
#include "support.h"

#include "base/hash.h"
#include "support/http_client.h"
#include "support/local_server.h"

/* ---- What each kind sends ---- */

/* A header of what was sent, "none" if it was not. */
static void echo(test_reply *r, const char *name, const char *value)
{
    test_reply_header(r, name, "%s", *value ? value : "none");
}

static void echo_credentials(void *ctx, const test_request *q, test_reply *r)
{
    (void)ctx;
    echo(r, "X-Authorization", test_request_header(q, "Authorization"));
    echo(r, "X-Key", test_request_header(q, "X-Key"));
    echo(r, "X-Cookie", test_request_header(q, "Cookie"));
    echo(r, "X-Query", test_request_param(q, "api_key"));
    echo(r, "X-Page", test_request_param(q, "page"));
    echo(r, "X-Sent-Signature", test_request_header(q, "X-Signature"));
    echo(r, "X-Sent-Timestamp", test_request_header(q, "X-Timestamp"));
}

static const struct kind_case {
    const char *auth;
    const char *header;
    const char *want;
} kind_cases[] = {
    {"{\"token\": \"abc123\"}", "X-Authorization", "Bearer abc123"},
    {"{\"type\": \"bearer\", \"token\": \"abc123\"}", "X-Authorization", "Bearer abc123"},
    {"{\"type\": \"api_key\", \"api_key\": \"raw key\"}", "X-Authorization", "raw key"},
    {"{\"type\": \"api_key\", \"name\": \"X-Key\", \"api_key\": \"raw\"}", "X-Key", "raw"},
    {"{\"type\": \"api_key\", \"name\": \"api_key\", \"api_key\": \"a&b c\", \"location\": "
     "\"query\"}",
     "X-Query", "a&b c"},
    {"{\"type\": \"api_key\", \"name\": \"api_key\", \"api_key\": \"p\", \"location\": \"param\"}",
     "X-Page", "2"},
    {"{\"type\": \"api_key\", \"name\": \"sid\", \"api_key\": \"c00kie\", \"location\": "
     "\"cookie\"}",
     "X-Cookie", "sid=c00kie"},
    {"{\"type\": \"http_basic\", \"username\": \"Aladdin\", \"password\": \"open sesame\"}",
     "X-Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
    {"{\"type\": \"http_basic\", \"username\": \"sk_live_key\"}", "X-Authorization",
     "Basic c2tfbGl2ZV9rZXk6"},
    {"{\"type\": \"hmac\", \"secret\": \"signing-secret\"}", "X-Sent-Timestamp", "1700000000"},
    /* printf 'what do ya want for nothing?' | openssl dgst -sha256 -hmac Jefe: RFC 4231, case 2 */
    {"{\"type\": \"hmac\", \"secret\": \"Jefe\", \"message\": \"what do ya want for nothing?\","
     " \"prefix\": \"sha256=\"}",
     "X-Sent-Signature", "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
};

static void each_kind_sends_what_it_should(void **state)
{
    test_server *const server = test_server_start(echo_credentials, NULL);

    (void)state;
    for (size_t i = 0; i < N_OF(kind_cases); i++) {
        const struct kind_case *const k = &kind_cases[i];
        char settings[512];
        test_client t;

        (void)snprintf(settings, sizeof(settings), "{\"auth\": %s}", k->auth);
        test_client_open(&t, settings);

        hr_http_response *const r = test_get(&t, test_server_url(server, "/x?page=2&api_key=old"));
        const char *const got = hr_http_response_header(r, k->header, 0);

        if (!got || strcmp(got, k->want) != 0)
            fail_msg("%s: %s is %s", k->auth, k->header, got ? got : "absent");
        hr_http_response_free(r);
        test_client_close(&t);
    }
    test_server_stop(server);
}

static const struct bad_case {
    const char *settings;
    const char *want;
} bad_cases[] = {
    {"{\"auth\": \"bearer\"}", "auth bearer: \"token\" is missing"},
    {"{\"auth\": {\"type\": \"api_key\"}}", "auth api_key: \"api_key\" is missing"},
    {"{\"auth\": {\"type\": \"http_basic\", \"password\": \"\"}}",
     "auth http_basic: \"username\" is missing"},
    {"{\"auth\": {\"token\": \"a\\nb\"}}", "auth bearer: \"token\" has a line break in it"},
    {"{\"auth\": {\"type\": \"oauth2\"}}", "is one of bearer, api_key, http_basic"},
    {"{\"auth\": {\"type\": \"oauth2_client_credentials\", \"client_id\": \"a\", \"client_secret\":"
     " \"b\"}}",
     "\"access_token_url\" is missing"},
    {"{\"auth\": {\"type\": \"oauth2_jwt_bearer\", \"client_id\": \"a\", \"private_key\": \"b\","
     " \"auth_endpoint\": \"http://x/\"}}",
     "the private key cannot be read"},
    {"{\"concurency\": 3}", "did you mean concurrency?"},
    {"{\"retry\": {\"on\": [\"4x\"]}}", "retry: on takes statuses such as 429 or 5xx"},
    {"{\"base_url\": \"ftp://x/\"}", "only http and https are"},
};

static void mistakes_are_found_before_any_request(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(bad_cases); i++) {
        const hr_http_options options = {.size = sizeof(options),
                                         .settings = bad_cases[i].settings};
        hr_http_client *c = NULL;
        hr_error err = {0};

        assert_int_equal(hr_http_client_new(&options, &c, &err), HR_E_CONFIG);
        if (!strstr(err.msg, bad_cases[i].want))
            fail_msg("%s: %s", bad_cases[i].settings, err.msg);
    }
}

/* ---- Tokens ---- */

/* Gives tokens t1, t2, ... and takes those of `good` only. */
typedef struct issuer {
    _Atomic int issued;
    _Atomic int good; /* 0: all */
    int expires_in;
    int status; /* of the token endpoint; 0: 200 */
    char form[1024];
} issuer;

static void issue(void *ctx, const test_request *q, test_reply *r)
{
    static _Thread_local char body[256];
    issuer *const s = ctx;
    const char *const sent = test_request_header(q, "Authorization");

    if (strcmp(q->path, "/token") == 0) {
        (void)snprintf(s->form, sizeof(s->form), "%.*s", (int)q->body_size, q->body);
        const int number = atomic_fetch_add(&s->issued, 1) + 1;

        r->status = s->status ? s->status : 200;
        (void)snprintf(
            body, sizeof(body),
            "{\"access_token\": \"t%d\", \"expires_in\": %d, \"refresh_token\": \"r%d\"}", number,
            s->expires_in, number);
        r->body = body;
        return;
    }
    if (strncmp(sent, "Bearer t", 8) != 0 ||
        (atomic_load(&s->good) && (int)strtol(sent + 8, NULL, 10) < atomic_load(&s->good)))
        r->status = 401;
    r->body = r->status == 401 ? "{\"error\": \"invalid_token\"}" : "{}";
}

static void open_with_tokens(test_client *t, const test_server *server, const char *more)
{
    char settings[1024];

    (void)snprintf(settings, sizeof(settings),
                   "{\"base_url\": \"%s\", \"auth\": {\"type\": \"oauth2_client_credentials\","
                   " \"access_token_url\": \"%s\", \"client_id\": \"me\","
                   " \"client_secret\": \"s&cret\"%s}}",
                   test_server_url(server, "/"), test_server_url(server, "/token"), more);
    test_client_open(t, settings);
}

static void a_token_is_fetched_once_and_before_it_expires(void **state)
{
    issuer s = {.expires_in = 100};
    test_server *const server = test_server_start(issue, &s);
    test_client t;

    (void)state;
    open_with_tokens(&t, server, ", \"access_token_request_data\": {\"scope\": \"read all\"}");
    for (int i = 0; i < 3; i++)
        assert_string_equal(test_get_error(&t, "items"), "");
    assert_int_equal(s.issued, 1);
    assert_string_equal(s.form, "grant_type=client_credentials&client_id=me&"
                                "client_secret=s%26cret&scope=read+all");
    atomic_fetch_add(&t.clock.ticks, INT64_C(89) * HR_SECOND);
    assert_string_equal(test_get_error(&t, "items"), "");
    assert_int_equal(s.issued, 1);
    atomic_fetch_add(&t.clock.ticks, INT64_C(2) * HR_SECOND);
    assert_string_equal(test_get_error(&t, "items"), "");
    assert_int_equal(s.issued, 2);
    test_client_close(&t);
    test_server_stop(server);
}

static void a_given_token_is_used_first(void **state)
{
    issuer s = {.expires_in = 100};
    test_server *const server = test_server_start(issue, &s);
    test_client t;

    (void)state;
    open_with_tokens(&t, server, ", \"access_token\": \"t0\"");
    assert_string_equal(test_get_error(&t, "items"), "");
    assert_int_equal(s.issued, 0);
    s.good = 1;
    assert_string_equal(test_get_error(&t, "items"), "");
    assert_int_equal(s.issued, 1);
    test_client_close(&t);
    test_server_stop(server);
}

static void *get_in_thread(void *arg)
{
    test_client *const t = arg;

    for (int i = 0; i < 20; i++) {
        const hr_http_request request = {.size = sizeof(request), .url = "items"};
        hr_http_response *r = NULL;

        if (hr_http_send(t->client, &request, &r, NULL) != HR_OK ||
            hr_http_response_status(r) != 200)
            abort();
        hr_http_response_free(r);
    }
    return NULL;
}

/* The token ends while eight threads work: one of them fetches another, for all. */
static void a_token_that_ends_is_renewed_once(void **state)
{
    issuer s = {.expires_in = 3600};
    test_server *const server = test_server_start(issue, &s);
    pthread_t threads[8];
    test_client t;

    (void)state;
    open_with_tokens(&t, server, "");
    assert_string_equal(test_get_error(&t, "items"), "");
    s.good = 2;
    for (size_t i = 0; i < N_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, get_in_thread, &t), 0);
    for (size_t i = 0; i < N_OF(threads); i++)
        (void)pthread_join(threads[i], NULL);
    assert_int_equal(s.issued, 2);
    test_client_close(&t);
    test_server_stop(server);
}

static void a_token_that_never_works_is_no_loop(void **state)
{
    issuer s = {.expires_in = 3600, .good = 1000};
    test_server *const server = test_server_start(issue, &s);
    test_client t;

    (void)state;
    open_with_tokens(&t, server, "");
    for (int i = 0; i < 5; i++)
        assert_non_null(strstr(test_get_error(&t, "items"), "HTTP 401"));
    assert_int_equal(s.issued, 1);
    test_client_close(&t);
    test_server_stop(server);
}

static void a_refused_token_request_tells_why(void **state)
{
    issuer s = {.status = 400};
    test_server *const server = test_server_start(issue, &s);
    test_client t;

    (void)state;
    open_with_tokens(&t, server, "");

    const char *const error = test_get_error(&t, "items");

    assert_non_null(strstr(error, "auth oauth2_client_credentials: no token: POST http://"));
    assert_non_null(strstr(error, "HTTP 400"));
    assert_non_null(strstr(error, "\"access_token\": \"***\""));
    (void)test_get_error(&t, "items");
    assert_int_equal(s.issued, 1); /* those that come soon after share the failure */
    test_client_close(&t);
    test_server_stop(server);
}

static void refresh_tokens_take_turns(void **state)
{
    issuer s = {.expires_in = 100};
    test_server *const server = test_server_start(issue, &s);
    char settings[512];
    test_client t;

    (void)state;
    (void)snprintf(settings, sizeof(settings),
                   "{\"base_url\": \"%s\", \"auth\": {\"type\": \"oauth2_refresh_token\","
                   " \"access_token_url\": \"%s\", \"refresh_token\": \"r0\"}}",
                   test_server_url(server, "/"), test_server_url(server, "/token"));
    test_client_open(&t, settings);
    assert_string_equal(test_get_error(&t, "items"), "");
    assert_string_equal(s.form, "grant_type=refresh_token&refresh_token=r0");
    atomic_fetch_add(&t.clock.ticks, INT64_C(100) * HR_SECOND);
    assert_string_equal(test_get_error(&t, "items"), "");
    assert_string_equal(s.form, "grant_type=refresh_token&refresh_token=r1");
    test_client_close(&t);
    test_server_stop(server);
}

/* ---- Credentials stay at home ---- */

typedef struct elsewhere {
    const char *location;
    int status;
} elsewhere;

static void send_elsewhere(void *ctx, const test_request *q, test_reply *r)
{
    const elsewhere *const e = ctx;

    if (strcmp(q->path, "/here") == 0) {
        echo_credentials(NULL, q, r);
        return;
    }
    r->status = e->status;
    test_reply_header(r, "Location", "%s", e->location);
}

static void credentials_do_not_leave_the_host(void **state)
{
    static const char *const auths[] = {
        "{\"token\": \"abc123\"}",
        "{\"type\": \"api_key\", \"name\": \"X-Key\", \"api_key\": \"raw-key\"}",
        ("{\"type\": \"api_key\", \"name\": \"api_key\", \"api_key\": \"raw-key\","
         " \"location\": \"query\"}"),
        "{\"type\": \"http_basic\", \"username\": \"u\", \"password\": \"pass-word\"}",
    };
    test_server *const other = test_server_start(echo_credentials, NULL);
    elsewhere e = {test_server_url(other, "/there?api_key=raw-key&page=7&sig=signed"), 302};
    test_server *const home = test_server_start(send_elsewhere, &e);

    (void)state;
    for (size_t i = 0; i < N_OF(auths); i++) {
        const hr_http_field mine[] = {{"Cookie", "session=hidden"}, {"X-Key", "hidden"}};
        const hr_http_request request = {.size = sizeof(request),
                                         .url = test_server_url(home, "/x"),
                                         .headers = mine,
                                         .n_headers = N_OF(mine)};
        char settings[512];
        test_client t;

        (void)snprintf(settings, sizeof(settings),
                       "{\"auth\": %s, \"headers\": {\"X-Api-Token\": \"hidden\"}}", auths[i]);
        test_client_open(&t, settings);

        hr_http_response *const r = test_send(&t, &request);

        assert_int_equal(hr_http_response_status(r), 200);
        assert_string_equal(hr_http_response_header(r, "X-Authorization", 0), "none");
        assert_string_equal(hr_http_response_header(r, "X-Cookie", 0), "none");
        assert_string_equal(hr_http_response_header(r, "X-Key", 0), "none");
        assert_string_equal(hr_http_response_header(r, "X-Query", 0), "none");
        assert_string_equal(hr_http_response_header(r, "X-Page", 0), "7");
        assert_non_null(strstr(hr_http_response_url(r), "sig=signed"));
        hr_http_response_free(r);
        test_client_close(&t);
    }
    test_server_stop(home);
    test_server_stop(other);
}

/* A link to another host, which the API has put into a page. */
static void a_url_of_another_host_gets_no_credentials(void **state)
{
    test_server *const home = test_server_start(echo_credentials, NULL);
    test_server *const other = test_server_start(echo_credentials, NULL);
    char settings[256];
    test_client t;

    (void)state;
    (void)snprintf(settings, sizeof(settings),
                   "{\"base_url\": \"%s\", \"auth\": {\"token\": \"abc123\"}}",
                   test_server_url(home, "/v1"));
    test_client_open(&t, settings);

    hr_http_response *r = test_get(&t, test_server_url(other, "/x"));

    assert_string_equal(hr_http_response_header(r, "X-Authorization", 0), "none");
    hr_http_response_free(r);

    const hr_http_request trusting = {.size = sizeof(trusting),
                                      .url = test_server_url(other, "/x"),
                                      .trusted = test_server_url(other, "/")};

    r = test_send(&t, &trusting);
    assert_string_equal(hr_http_response_header(r, "X-Authorization", 0), "Bearer abc123");
    hr_http_response_free(r);
    r = test_get(&t, "x");
    assert_string_equal(hr_http_response_header(r, "X-Authorization", 0), "Bearer abc123");
    hr_http_response_free(r);
    test_client_close(&t);
    test_server_stop(home);
    test_server_stop(other);
}

/* no_auth: the client's credentials stay here, but what the request itself says goes. */
static void a_request_may_go_without_credentials(void **state)
{
    test_server *const home = test_server_start(echo_credentials, NULL);
    const hr_http_field key = {"X-Key", "mine"};
    const hr_http_request request = {.size = sizeof(request),
                                     .url = test_server_url(home, "/x"),
                                     .headers = &key,
                                     .n_headers = 1,
                                     .no_auth = true};
    test_client t;

    (void)state;
    test_client_open(&t, "{\"auth\": {\"token\": \"abc123\"}}");

    hr_http_response *const r = test_send(&t, &request);

    assert_string_equal(hr_http_response_header(r, "X-Authorization", 0), "none");
    assert_string_equal(hr_http_response_header(r, "X-Key", 0), "mine");
    hr_http_response_free(r);
    test_client_close(&t);
    test_server_stop(home);
}

static void redirects_on_the_same_host_keep_them(void **state)
{
    elsewhere e = {"../here?page=3", 307};
    test_server *const home = test_server_start(send_elsewhere, &e);
    test_client t;

    (void)state;
    test_client_open(&t, "{\"auth\": {\"token\": \"abc123\"}}");

    hr_http_response *const r = test_get(&t, test_server_url(home, "/a/x"));

    assert_string_equal(hr_http_response_header(r, "X-Authorization", 0), "Bearer abc123");
    assert_string_equal(hr_http_response_header(r, "X-Page", 0), "3");
    assert_string_equal(hr_http_response_url(r), test_server_url(home, "/here?page=3"));
    assert_int_equal(hr_http_response_attempts(r), 1);
    hr_http_response_free(r);
    test_client_close(&t);
    test_server_stop(home);
}

static void circles_and_bodies_are_refused(void **state)
{
    test_server *const other = test_server_start(echo_credentials, NULL);
    elsewhere circle = {"/x", 302};
    elsewhere away = {test_server_url(other, "/there"), 308};
    test_server *const home = test_server_start(send_elsewhere, &circle);
    test_server *const leaving = test_server_start(send_elsewhere, &away);
    hr_error err = {0};
    test_client t;

    (void)state;
    test_client_open(&t, "{}");
    assert_non_null(strstr(test_get_error(&t, test_server_url(home, "/x")), "lead in circles"));
    assert_int_equal(test_server_count(home), 11);

    const hr_http_request request = {.size = sizeof(request),
                                     .method = "POST",
                                     .url = test_server_url(leaving, "/x"),
                                     .body = "{\"secret\": 1}",
                                     .body_size = 13};
    hr_http_response *const r = test_send(&t, &request);

    assert_int_equal(hr_http_response_check(r, &err), HR_E_REMOTE);
    assert_non_null(strstr(err.msg, "not done for a request with a body"));
    assert_int_equal(test_server_count(other), 0);
    hr_http_response_free(r);
    test_client_close(&t);
    test_server_stop(home);
    test_server_stop(leaving);
    test_server_stop(other);
}

static void another_auth_and_none(void **state)
{
    test_server *const home = test_server_start(echo_credentials, NULL);
    const hr_http_auth *other = NULL;
    const hr_http_auth *none = NULL;
    hr_error err = {0};
    test_client t;

    (void)state;
    test_client_open(&t, "{\"auth\": {\"token\": \"abc123\"}}");
    assert_hr_ok(hr_http_auth_new(t.client, "{\"token\": \"other1\"}", &other, &err), &err, "auth");
    assert_hr_ok(hr_http_auth_new(t.client, "null", &none, &err), &err, "no auth");

    hr_http_request request = {
        .size = sizeof(request), .url = test_server_url(home, "/"), .auth = other};
    hr_http_response *r = test_send(&t, &request);

    assert_string_equal(hr_http_response_header(r, "X-Authorization", 0), "Bearer other1");
    hr_http_response_free(r);
    request.auth = none;
    r = test_send(&t, &request);
    assert_string_equal(hr_http_response_header(r, "X-Authorization", 0), "none");
    hr_http_response_free(r);
    test_client_close(&t);
    test_server_stop(home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_sends_what_it_should),
        cmocka_unit_test(mistakes_are_found_before_any_request),
        cmocka_unit_test(a_token_is_fetched_once_and_before_it_expires),
        cmocka_unit_test(a_given_token_is_used_first),
        cmocka_unit_test(a_token_that_ends_is_renewed_once),
        cmocka_unit_test(a_token_that_never_works_is_no_loop),
        cmocka_unit_test(a_refused_token_request_tells_why),
        cmocka_unit_test(refresh_tokens_take_turns),
        cmocka_unit_test(credentials_do_not_leave_the_host),
        cmocka_unit_test(a_url_of_another_host_gets_no_credentials),
        cmocka_unit_test(a_request_may_go_without_credentials),
        cmocka_unit_test(redirects_on_the_same_host_keep_them),
        cmocka_unit_test(circles_and_bodies_are_refused),
        cmocka_unit_test(another_auth_and_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
