/* Option tables: what is read, and what is said about mistakes. */
#include "support.h"

#include "base/secret.h"
#include "config/option.h"

typedef struct retry {
    int64_t attempts;
    double delay;
} retry;

typedef struct named {
    const char *name;
    int64_t n;
} named;

typedef struct bearer {
    const char *token;
} bearer;

typedef struct basic {
    const char *user;
    const char *password;
} basic;

typedef struct client {
    const char *url;
    const char *token;
    bool strict;
    bool strict_given;
    int mode;
    double ratio;
    double timeout;
    uint64_t memory;
    hr_texts keys;
    retry retry;
    retry *other;
    hr_list list;
    hr_list map;
    hr_variant auth;
    yyjson_val *any;
    yyjson_val *at;
} client;

static const hr_option retry_rows[] = {
    {"attempts", HR_OPTION_INT, HR_AT(retry, attempts), .by_default = "5", .least = 1, .most = 20},
    {"delay", HR_OPTION_DURATION, HR_AT(retry, delay), .by_default = "1m"},
    {0},
};
static const hr_option_table retry_table = {"retry", retry_rows, sizeof(retry),
                                            .shorthand = "attempts"};
static const hr_option named_rows[] = {
    {"n", HR_OPTION_INT, HR_AT(named, n), .by_default = "7"},
    {"name", HR_OPTION_TEXT, HR_AT(named, name), .help = ""},
    {0},
};
static const hr_option_table named_table = {"thing", named_rows, sizeof(named),
                                            .shorthand = "name"};
static const hr_option bearer_rows[] = {
    {"token", HR_OPTION_SECRET, HR_AT(bearer, token), .flags = HR_OPTION_REQUIRED},
    {0},
};
static const hr_option basic_rows[] = {
    {"user", HR_OPTION_TEXT, HR_AT(basic, user), .help = ""},
    {"password", HR_OPTION_SECRET, HR_AT(basic, password), .help = ""},
    {0},
};
static const hr_option_table bearer_table = {"auth bearer", bearer_rows, sizeof(bearer),
                                             .help = ""};
static const hr_option_table basic_table = {"auth basic", basic_rows, sizeof(basic), .help = ""};
static const hr_option_variant auth_forms[] = {
    {"bearer", &bearer_table, 1}, {"http_basic", &basic_table, 2}, {0}};
static const hr_option_variants auth = {"type", "bearer", auth_forms};
static const char *const modes[] = {"slow", "fast", NULL};

static const hr_option client_rows[] = {
    {"url", HR_OPTION_TEXT, HR_AT(client, url), .by_default = "http://localhost"},
    {"token", HR_OPTION_SECRET, HR_AT(client, token), .help = ""},
    {"strict", HR_OPTION_BOOL, HR_AT(client, strict), .given = HR_GIVEN(client, strict_given)},
    {"mode", HR_OPTION_CHOICE, HR_AT(client, mode), .choices = modes, .by_default = "fast"},
    {"ratio", HR_OPTION_REAL, HR_AT(client, ratio), .least = 0, .most = 1},
    {"timeout", HR_OPTION_DURATION, HR_AT(client, timeout), .help = ""},
    {"memory", HR_OPTION_SIZE, HR_AT(client, memory), .by_default = "64M"},
    {"keys", HR_OPTION_TEXTS, HR_AT(client, keys), .help = ""},
    {"retry", HR_OPTION_TABLE, HR_AT(client, retry), .table = &retry_table},
    {"other", HR_OPTION_POINTER, HR_AT(client, other), .table = &retry_table},
    {"list", HR_OPTION_LIST, HR_AT(client, list), .table = &named_table},
    {"map", HR_OPTION_MAP, HR_AT(client, map), .table = &named_table},
    {"auth", HR_OPTION_VARIANT, HR_AT(client, auth), .variants = &auth},
    {"any", HR_OPTION_VALUE, HR_AT(client, any), .help = ""},
    {0},
};
static const hr_option_table client_table = {"client", client_rows, sizeof(client),
                                             .at = HR_GIVEN(client, at)};

static hr_status read_client(const char *yaml, hr_doc **doc, client *c, hr_error *err)
{
    assert_hr_ok(hr_doc_parse_yaml(doc, hr_str_from(yaml), "f.yaml", err), err, yaml);
    *c = (client){0};
    assert_hr_ok(hr_options_defaults(*doc, &client_table, c, err), err, yaml);
    return hr_options_read(*doc, hr_doc_root(*doc), &client_table, c, err);
}

static void every_kind_is_read(void **state)
{
    static const char yaml[] = "url: https://x\ntoken: letmein0\nstrict: true\nmode: slow\n"
                               "ratio: 0.5\ntimeout: 1m30s\nmemory: 1GiB\nkeys: [a, b]\n"
                               "retry: {attempts: 3}\nother: 4\n"
                               "list: [x, {name: y, n: 1}]\nmap: {p: {n: 2}, q: }\n"
                               "auth: {type: http_basic, user: me, password: hush0}\nany: [1]";
    hr_error err = {0};
    hr_doc *doc = NULL;
    client c;

    (void)state;
    assert_hr_ok(read_client(yaml, &doc, &c, &err), &err, "all");
    assert_string_equal(c.url, "https://x");
    assert_string_equal(c.token, "letmein0");
    assert_true(c.strict && c.strict_given);
    assert_int_equal(c.mode, 0);
    assert_true(c.ratio > 0.49 && c.ratio < 0.51);
    assert_int_equal((int)c.timeout, 90);
    assert_int_equal(c.memory, 1 << 30);
    assert_int_equal(c.keys.n, 2);
    assert_string_equal(c.keys.items[1], "b");
    assert_int_equal(c.retry.attempts, 3);
    assert_int_equal((int)c.retry.delay, 60);
    assert_int_equal(c.other->attempts, 4);
    const named *list = c.list.items;
    assert_int_equal(c.list.n, 2);
    assert_string_equal(list[0].name, "x");
    assert_int_equal(list[0].n, 7);
    assert_int_equal(list[1].n, 1);
    const named *map = c.map.items;
    assert_int_equal(c.map.n, 2);
    assert_string_equal(map[0].name, "p");
    assert_int_equal(map[0].n, 2);
    assert_int_equal(map[1].n, 7);
    assert_int_equal(c.auth.which->id, 2);
    assert_string_equal(((basic *)c.auth.options)->user, "me");
    assert_true(yyjson_is_arr(c.any));
    assert_ptr_equal(c.at, hr_doc_root(doc));
    assert_true(hr_secret_in(HR_STR("it was hush0 then")));
    hr_doc_free(doc);
}

static void absent_keys_have_their_defaults(void **state)
{
    hr_error err = {0};
    hr_doc *doc = NULL;
    client c;

    (void)state;
    assert_hr_ok(read_client("auth: {token: abc123}\nstrict: ~\nurl: ~", &doc, &c, &err), &err, "");
    assert_string_equal(c.url, "http://localhost");
    assert_int_equal(c.mode, 1);
    assert_false(c.strict_given);
    assert_int_equal(c.memory, 64 << 20);
    assert_int_equal(c.retry.attempts, 5);
    assert_null(c.other);
    assert_int_equal(c.auth.which->id, 1);
    hr_doc_free(doc);
}

static const struct {
    const char *yaml;
    const char *message;
} refusals[] = {
    {"ulr: x", "f.yaml:1:1: client has no option \"ulr\"; did you mean url?"},
    {"retry:\n  tries_made: 1", "f.yaml:2:3: retry has no option \"tries_made\"; it takes "
                                "attempts, delay"},
    {"[1]", "f.yaml:1:1: client takes an object, not a list"},
    {"url: [x]", "f.yaml:1:6: client: url takes a text, not a list"},
    {"url: 5", "f.yaml:1:6: client: url takes a text, not 5"},
    {"url: \"a\\0b\"", "f.yaml:1:6: client: url has a NUL character in it"},
    {"strict: yes", "f.yaml:1:9: client: strict takes true or false, not \"yes\""},
    {"mode: fsat", "f.yaml:1:7: client: mode is one of slow, fast, not \"fsat\"; did you mean "
                   "fast?"},
    {"ratio: 1.5", "f.yaml:1:8: client: ratio takes a number from 0 to 1, not 1.5"},
    {"retry: {attempts: 0}", "f.yaml:1:19: retry: attempts takes a whole number from 1 to 20, not "
                             "0"},
    {"retry: {attempts: 99999999999999999999}",
     "f.yaml:1:19: retry: attempts takes a whole number from 1 to 20, not 99999999999999999999"},
    {"timeout: soon", "f.yaml:1:10: client: timeout takes a time such as 30, \"500ms\" or "
                      "\"1m30s\", not \"soon\""},
    {"timeout: -1", "f.yaml:1:10: client: timeout takes a time"},
    {"memory: 64Q", "f.yaml:1:9: client: memory takes a size such as"},
    {"keys: 5", "f.yaml:1:7: client: keys takes a text or a list of texts, not 5"},
    {"keys: [a, [b]]", "f.yaml:1:11: client: keys takes a text, not a list"},
    {"list: x", "f.yaml:1:7: client: list takes a list, not \"x\""},
    {"map: [x]", "f.yaml:1:6: client: map takes an object, not a list"},
    {"auth: {type: bearr}", "f.yaml:1:14: client: auth is one of bearer, http_basic, not "
                            "\"bearr\"; did you mean bearer?"},
    {"auth: {type: bearer}", "f.yaml:1:7: auth bearer: \"token\" is missing"},
    {"auth: {type: bearer, token: [secret]}", "f.yaml:1:29: auth bearer: token takes a text, not "
                                              "what stands here"},
};

static void mistakes_are_named_with_their_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(refusals); i++) {
        hr_error err = {0};
        hr_doc *doc = NULL;
        client c;

        if (read_client(refusals[i].yaml, &doc, &c, &err) != HR_E_CONFIG)
            fail_msg("%s: not refused", refusals[i].yaml);
        if (strncmp(err.msg, refusals[i].message, strlen(refusals[i].message)) != 0)
            fail_msg("%s: %s", refusals[i].yaml, err.msg);
        hr_doc_free(doc);
    }
}

static hr_status stand_in(void *ctx, const hr_doc *doc, const yyjson_val *val, hr_buf *out,
                          bool *changed, hr_error *err)
{
    (void)doc;
    (void)val;
    (void)err;
    *changed = true;
    hr_buf_addz(out, ctx);
    return HR_OK;
}

static void variables_count_as_what_they_look_like(void **state)
{
    char seven[] = "7", word[] = "hidden0";
    hr_error err = {0};
    hr_doc *doc = NULL;
    retry r = {0};

    (void)state;
    assert_hr_ok(hr_doc_parse_yaml(&doc, HR_STR("attempts: x"), "f.yaml", &err), &err, "");
    assert_hr_ok(hr_doc_expand(doc, stand_in, seven, &err), &err, "");
    assert_hr_ok(hr_options_read(doc, hr_doc_root(doc), &retry_table, &r, &err), &err, "");
    assert_int_equal(r.attempts, 7);
    assert_hr_ok(hr_doc_expand(doc, stand_in, word, &err), &err, "");
    assert_int_equal(hr_options_read(doc, hr_doc_root(doc), &retry_table, &r, &err), HR_E_CONFIG);
    assert_string_equal(err.msg, "f.yaml:1:11: retry: attempts takes a whole number from 1 to 20, "
                                 "not what the variable holds");
    hr_doc_free(doc);
}

static void durations_and_sizes(void **state)
{
    static const struct {
        const char *text;
        double seconds;
    } good[] = {{"5", 5}, {"0.5", 0.5}, {"500ms", 0.5}, {"1h30m", 5400}, {"2d", 172800}};
    static const char *const bad[] = {"", "s", "1x", "1m30", "-1", "1.2.3", "1 m"};
    double seconds;
    uint64_t bytes;

    (void)state;
    for (size_t i = 0; i < N_OF(good); i++) {
        assert_true(hr_read_duration(hr_str_from(good[i].text), &seconds));
        assert_true(seconds > good[i].seconds - 1e-9 && seconds < good[i].seconds + 1e-9);
    }
    for (size_t i = 0; i < N_OF(bad); i++)
        assert_false(hr_read_duration(hr_str_from(bad[i]), &seconds));
    assert_true(hr_read_size(HR_STR("1.5K"), &bytes) && bytes == 1536);
    assert_true(hr_read_size(HR_STR("10MB"), &bytes) && bytes == 10000000);
    assert_false(hr_read_size(HR_STR("99999999T"), &bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_read),
        cmocka_unit_test(absent_keys_have_their_defaults),
        cmocka_unit_test(mistakes_are_named_with_their_place),
        cmocka_unit_test(variables_count_as_what_they_look_like),
        cmocka_unit_test(durations_and_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
