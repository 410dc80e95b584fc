#include "support.h"

#include "destination/postgres/url.h"

static const struct url_case {
    const char *label, *url;
    const char *host, *port, *user, *password, *dbname;
    const char *shown;
} url_cases[] = {
    {"all parts", "postgres://u:p@h:5433/d", "h", "5433", "u", "p", "d", "postgres://u@h:5433/d"},
    {"the other scheme", "postgresql://h/d", "h", NULL, NULL, NULL, "d", "postgres://h/d"},
    {"nothing", "postgres://", NULL, NULL, NULL, NULL, NULL, "postgres:///"},
    {"a database only", "postgres:///d", NULL, NULL, NULL, NULL, "d", "postgres:///d"},
    {"a port only", "postgres://:5433", NULL, "5433", NULL, NULL, NULL, "postgres://:5433/"},
    {"escapes", "postgres://a%40b:p%2Fq%25@h/d%20e", "h", NULL, "a@b", "p/q%", "d e",
     "postgres://a%40b@h/d%20e"},
    {"an @ in a password", "postgres://u:p@q@h", "h", NULL, "u", "p@q", NULL, "postgres://u@h/"},
    {"IPv6", "postgres://[::1]:5433/d", "::1", "5433", NULL, NULL, "d", "postgres://[::1]:5433/d"},
    {"IPv6 without a port", "postgres://[fe80::1]/d", "fe80::1", NULL, NULL, NULL, "d",
     "postgres://[fe80::1]/d"},
    {"a folder of sockets", "postgres://%2Frun%2Fpg/d", "/run/pg", NULL, NULL, NULL, "d",
     "postgres://%2Frun%2Fpg/d"},
    {"several hosts", "postgres://a:1,b:2/d", "a,b", "1,2", NULL, NULL, "d",
     "postgres://a:1,b:2/d"},
    {"several hosts, some ports", "postgres://a,b:2/d", "a,b", ",2", NULL, NULL, "d",
     "postgres://a,b:2/d"},
    {"a query", "postgres://h?sslmode=require&password=p", "h", NULL, NULL, "p", NULL,
     "postgres://h/?sslmode=require"},
    {"a query names the host", "postgres:///d?host=%2Frun", "/run", NULL, NULL, NULL, "d",
     "postgres://%2Frun/d"},
    {"a service", "postgres://?service=s", NULL, NULL, NULL, NULL, NULL, "postgres:///?service=s"},
    {"an empty password", "postgres://u:@h", "h", NULL, "u", NULL, NULL, "postgres://u@h/"},
    {"options of our own", "postgres://h?create_indexes=false&lock_timeout=2s&remove_nul=true", "h",
     NULL, NULL, NULL, NULL,
     "postgres://h/?lock_timeout=2000ms&remove_nul=true&create_indexes=false"},
    {"what makes a server trusted",
     "postgres://h?require_auth=scram-sha-256&sslcrl=/c&hostaddr=::1", "h", NULL, NULL, NULL, NULL,
     "postgres://h/?hostaddr=%3A%3A1&sslcrl=/c&require_auth=scram-sha-256"},
    {"what may hold secrets is not shown", "postgres://h?options=-cx=secret&sslpassword=secret",
     "h", NULL, NULL, NULL, NULL, "postgres://h/"},
};

static void assert_parameter(const pg_url *url, const char *name, const char *want,
                             const char *label)
{
    const char *const got = pg_url_get(url, name);

    if (want ? !got || strcmp(got, want) != 0 : got != NULL)
        fail_msg("%s: %s is %s, not %s", label, name, got ? got : "not set",
                 want ? want : "not set");
}

static void urls_are_taken_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(url_cases); i++) {
        const struct url_case *const c = &url_cases[i];
        hr_arena arena = {0};
        hr_error err = {0};
        hr_buf shown = {0};
        pg_url url;

        assert_hr_ok(pg_url_parse(c->url, &url, &arena, &err), &err, c->label);
        assert_parameter(&url, "host", c->host, c->label);
        assert_parameter(&url, "port", c->port, c->label);
        assert_parameter(&url, "user", c->user, c->label);
        assert_parameter(&url, "password", c->password, c->label);
        assert_parameter(&url, "dbname", c->dbname, c->label);
        pg_url_show(&url, &shown);
        assert_str_equal(hr_buf_str(&shown), hr_str_from(c->shown), c->label);
        hr_buf_release(&shown);
        hr_arena_release(&arena);
    }
}

static void what_is_shown_is_a_url_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(url_cases); i++) {
        hr_arena arena = {0};
        hr_error err = {0};
        hr_buf shown = {0};
        pg_url url;

        assert_hr_ok(pg_url_parse(url_cases[i].shown, &url, &arena, &err), &err,
                     url_cases[i].label);
        pg_url_show(&url, &shown);
        assert_str_equal(hr_buf_str(&shown), hr_str_from(url_cases[i].shown), url_cases[i].label);
        hr_buf_release(&shown);
        hr_arena_release(&arena);
    }
}

static void options_of_our_own(void **state)
{
    static const struct option_case {
        const char *url;
        int64_t lock_timeout_ms;
        bool remove_nul;
        bool no_indexes;
    } cases[] = {
        {"postgres://h", 30000, false, false},
        {"postgres://h?lock_timeout=500ms", 500, false, false},
        {"postgres://h?lock_timeout=2min&remove_nul=true", 120000, true, false},
        {"postgres://h?lock_timeout=0", 0, false, false},
        {"postgres://h?remove_nul=false", 30000, false, false},
        {"postgres://h?create_indexes=false", 30000, false, true},
        {"postgres://h?create_indexes=true", 30000, false, false},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        hr_arena arena = {0};
        hr_error err = {0};
        pg_url url;

        assert_hr_ok(pg_url_parse(cases[i].url, &url, &arena, &err), &err, cases[i].url);
        assert_int_equal(url.lock_timeout_ms, cases[i].lock_timeout_ms);
        assert_int_equal(url.remove_nul, cases[i].remove_nul);
        assert_int_equal(url.create_indexes, !cases[i].no_indexes);
        assert_null(pg_url_get(&url, "lock_timeout"));
        assert_null(pg_url_get(&url, "remove_nul"));
        hr_arena_release(&arena);
    }
}

/* The secret is in each of them, and must be in no message. */
static void bad_urls_are_refused_without_telling_secrets(void **state)
{
    static const char *const urls[] = {
        "mysql://u:secret@h/d",
        "postgres://u:secret%zz@h",
        "postgres://u:secret%",
        "postgres://u:sec%00ret@h",
        "postgres://u:secret/x@h/d",
        "postgres://u:1/secret@h/d",
        "postgres://u:secret?x@h",
        "postgres://u:1?secret",
        "postgres://u:secret@h?lock_timeout=soon",
        "postgres://u:secret@h?lock_timeout=-1",
        "postgres://u:secret@h?lock_timeout=99999999999999999999h",
        "postgres://u:secret@h?remove_nul=maybe",
        "postgres://u:secret@h?create_indexes=some",
        "postgres://u:secret@h:port/d",
    };

    (void)state;
    for (size_t i = 0; i < N_OF(urls); i++) {
        hr_arena arena = {0};
        hr_error err = {0};
        pg_url url;

        if (pg_url_parse(urls[i], &url, &arena, &err) != HR_E_CONFIG)
            fail_msg("%s is taken", urls[i]);
        if (strstr(err.msg, "secret"))
            fail_msg("%s", err.msg);
        hr_arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_taken_apart),
        cmocka_unit_test(what_is_shown_is_a_url_again),
        cmocka_unit_test(options_of_our_own),
        cmocka_unit_test(bad_urls_are_refused_without_telling_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
