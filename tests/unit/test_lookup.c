/* Where configuration is found: TOML, .env, the order of places, and what is said of a miss. */
#include "support.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret.h"
#include "config/dotenv.h"
#include "config/lookup.h"
#include "config/toml.h"
#include "config/variables.h"
#include "headrace/headrace.h"

static char *folder; /* the project and the home */

static int make_folder(void **state)
{
    char path[256];

    (void)state;
    folder = test_folder();
    (void)snprintf(path, sizeof(path), "%s/.headrace", folder);
    assert_int_equal(mkdir(path, 0777), 0);
    (void)snprintf(path, sizeof(path), "%s/.dlt", folder);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(setenv("HEADRACE_PROJECT_DIR", folder, 1), 0);
    assert_int_equal(setenv("HOME", "/nonexistent", 1), 0);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    test_folder_remove(folder);
    return 0;
}

static void put(const char *name, const char *text)
{
    test_file(folder, name, text, strlen(text));
}

/* ---- TOML and .env ---- */

static void toml_becomes_a_document(void **state)
{
    static const char text[] = "a = 1\nb = 1.5\n[s.t]\nc = \"x\\n\"\nd = [1, {e = true}]\n"
                               "f = 2024-01-01\ng = inf\n";
    hr_doc *doc = NULL;
    hr_error err = {0};
    hr_buf place = {0};

    (void)state;
    assert_hr_ok(hr_doc_parse_toml(&doc, hr_str_from(text), "c.toml", &err), &err, "toml");
    yyjson_val *root = hr_doc_root(doc);
    assert_int_equal(yyjson_get_sint(yyjson_ptr_get(root, "/a")), 1);
    assert_string_equal(yyjson_get_str(yyjson_ptr_get(root, "/s/t/c")), "x\n");
    assert_true(yyjson_get_bool(yyjson_ptr_get(root, "/s/t/d/1/e")));
    assert_string_equal(yyjson_get_str(yyjson_ptr_get(root, "/s/t/f")), "2024-01-01");
    assert_string_equal(yyjson_get_str(yyjson_ptr_get(root, "/s/t/g")), "inf");
    hr_doc_add_place(doc, yyjson_ptr_get(root, "/s/t/c"), &place);
    assert_str_equal(hr_buf_str(&place), HR_STR("c.toml:4:5"), "place");
    hr_buf_release(&place);
    hr_doc_free(doc);
    assert_int_equal(hr_doc_parse_toml(&doc, HR_STR("a = 1\nb = \n"), "c.toml", &err), HR_E_CONFIG);
    assert_non_null(strstr(err.msg, "c.toml:2:5: not TOML:"));
}

static void dotenv_is_read(void **state)
{
    static const char text[] = "\xEF\xBB\xBF# c\nA=1\n export B = two words # no\nC='a # $b\\n'\n"
                               "D=\"x\\ny \\\"q\\\"\"\nE=\nF=a#b\r\nA=2\nG=\"l1\nl2\"\n";
    static const char *const want[][2] = {
        {"A", "2"}, {"B", "two words"}, {"C", "a # $b\\n"}, {"D", "x\ny \"q\""},
        {"E", ""},  {"F", "a#b"},       {"G", "l1\nl2"}};
    hr_arena arena = {0};
    hr_map map = {0};
    hr_error err = {0};

    (void)state;
    assert_hr_ok(hr_dotenv_parse(&map, &arena, hr_str_from(text), ".env", &err), &err, "dotenv");
    for (size_t i = 0; i < N_OF(want); i++)
        assert_string_equal((char *)hr_map_get(&map, hr_str_from(want[i][0])), want[i][1]);
    assert_int_equal(hr_dotenv_parse(&map, &arena, HR_STR("A=1\nnonsense\n"), ".env", &err),
                     HR_E_CONFIG);
    assert_string_equal(err.msg, ".env:2: a line is NAME=value, or a comment behind #");
    assert_int_equal(hr_dotenv_parse(&map, &arena, HR_STR("A=\"1\n"), ".env", &err), HR_E_CONFIG);
    hr_map_release(&map);
    hr_arena_release(&arena);
}

/* ---- lookup ---- */

static const char *const notion[] = {"sources", "notion", "databases", NULL};

static hr_lookup *new_lookup(const char *pipeline)
{
    hr_lookup *l = NULL;
    hr_error err = {0};

    assert_hr_ok(hr_lookup_new(&l, pipeline, &err), &err, "lookup");
    return l;
}

static void assert_finds(hr_lookup *l, const hr_lookup_field *f, const char *text, const char *key)
{
    hr_found found;
    hr_error err = {0};

    assert_hr_ok(hr_lookup_field_get(l, f, &found, &err), &err, text);
    if (!found.text)
        fail_msg("%s was not found", text);
    assert_string_equal(found.text, text);
    assert_string_equal(found.key, key);
}

static const hr_lookup_field api_key = {.sections = notion, .name = "api_key", .secret = true};
static const hr_lookup_field password = {
    .sections = notion, .group = "credentials", .name = "password", .secret = true};
static const hr_lookup_field page_size = {.sections = notion, .name = "page_size"};

/* Keys below the pipeline's name are asked for at all places before the others. */
static void places_are_asked_in_order(void **state)
{
    hr_lookup *l;

    (void)state;
    put(".dlt/secrets.toml", "[p1.sources.notion]\napi_key = \"AAAA\"\n[credentials]\npassword = "
                             "\"pw-from-dlt\"\n");
    put(".dlt/config.toml", "[sources]\npage_size = 50\n");
    l = new_lookup("p1");
    assert_finds(l, &api_key, "AAAA", "p1.sources.notion.api_key");
    assert_finds(l, &page_size, "50", "sources.page_size");
    assert_finds(l, &password, "pw-from-dlt", "credentials.password");
    assert_true(hr_secret_in(HR_STR("x pw-from-dlt x")));
    hr_lookup_free(l);

    assert_int_equal(setenv("SOURCES__NOTION__API_KEY", "BBBB", 1), 0);
    l = new_lookup("p1");
    assert_finds(l, &api_key, "AAAA", "p1.sources.notion.api_key");
    hr_lookup_free(l);
    l = new_lookup("p2");
    assert_finds(l, &api_key, "BBBB", "SOURCES__NOTION__API_KEY");
    hr_lookup_free(l);
    assert_int_equal(unsetenv("SOURCES__NOTION__API_KEY"), 0);

    put(".env", "SOURCES__DATABASES__API_KEY=CCCC\nAPI_KEY=never\n");
    l = new_lookup("p2");
    assert_finds(l, &api_key, "CCCC", "SOURCES__DATABASES__API_KEY");
    hr_lookup_free(l);
    put(".env", "");

    put(".headrace/secrets.toml", "[sources.notion]\napi_key = \"DDDD\"\n");
    l = new_lookup("p2");
    assert_finds(l, &api_key, "DDDD", "sources.notion.api_key");
    hr_lookup_free(l);
    put(".headrace/secrets.toml", "");
}

/* ---- what is told of them ---- */

static void assert_noted(hr_lookup *l, const char *key, const char *value, const char *provider)
{
    const hr_config_values *v = hr_lookup_values(l);

    for (size_t i = 0; i < v->n; i++) {
        if (strcmp(v->items[i].key, key) != 0)
            continue;
        assert_int_equal(v->items[i].secret, value == NULL);
        if (value)
            assert_string_equal(v->items[i].value, value);
        else
            assert_null(v->items[i].value);
        assert_non_null(strstr(v->items[i].provider, provider));
        return;
    }
    fail_msg("%s was not noted", key);
}

static void what_was_found_is_noted_without_secrets(void **state)
{
    static const hr_lookup_field named = {
        .sections = notion, .name = "page_size", .setting = "pages"};
    static const hr_lookup_field url = {.sections = notion, .name = "url"};
    static const char *const whole[] = {"SOME_VALUE", "plain", "my_token"};
    hr_found found;
    hr_error err = {0};

    (void)state;
    put(".dlt/secrets.toml", "[sources]\napi_key = \"AAAA\"\n");
    put(".dlt/config.toml", "plain = \"text\"\nmy_token = \"T\"\n[sources]\npage_size = 50\n"
                            "url = \"postgres://u:p@h/d\"\n");
    put(".env", "SOME_VALUE=v\n");
    hr_lookup *l = new_lookup("p1");
    assert_finds(l, &api_key, "AAAA", "sources.api_key");
    assert_finds(l, &page_size, "50", "sources.page_size");
    assert_finds(l, &named, "50", "sources.page_size");
    assert_finds(l, &named, "50", "sources.page_size");
    assert_finds(l, &url, "postgres://u:p@h/d", "sources.url");
    for (size_t i = 0; i < N_OF(whole); i++)
        assert_hr_ok(hr_lookup_get(l, whole[i], &found, &err), &err, whole[i]);
    assert_noted(l, "sources.api_key", NULL, "secrets.toml");
    assert_noted(l, "sources.page_size", "50", "config.toml");
    assert_noted(l, "pages", "50", "config.toml");
    assert_noted(l, "sources.url", NULL, "config.toml");
    assert_noted(l, "SOME_VALUE", NULL, ".env");
    assert_noted(l, "plain", "text", "config.toml");
    assert_noted(l, "my_token", NULL, "config.toml");
    assert_int_equal(hr_lookup_values(l)->n, 7);
    assert_hr_ok(hr_config_values_settle(hr_lookup_values(l), "sources.url", "shown", &err), &err,
                 "settle");
    assert_hr_ok(hr_config_values_settle(hr_lookup_values(l), "other", "o", &err), &err, "settle");
    assert_noted(l, "sources.url", "shown", "config.toml");
    assert_noted(l, "other", "o", "default");
    hr_lookup_free(l);
}

static void a_miss_says_where_it_looked(void **state)
{
    static const hr_lookup_field f = {
        .sections = notion, .group = "credentials", .name = "token", .secret = true};
    static const char *const keys[] = {
        "P1__SOURCES__NOTION__DATABASES__CREDENTIALS__TOKEN",
        "P1__SOURCES__NOTION__CREDENTIALS__TOKEN",
        "P1__SOURCES__DATABASES__CREDENTIALS__TOKEN",
        "P1__SOURCES__CREDENTIALS__TOKEN",
        "P1__CREDENTIALS__TOKEN",
        "p1--sources--notion--databases--credentials--token",
        "SOURCES__NOTION__DATABASES__CREDENTIALS__TOKEN",
        "sources--notion--databases--credentials--token",
        ".headrace/secrets.toml, ",
        "p1.sources.notion.databases.credentials.token, ",
        ", credentials.token",
    };
    hr_lookup *l = new_lookup("p1");
    hr_buf tried = {0};
    hr_found found;
    hr_error err = {0};
    const char *at;

    (void)state;
    assert_hr_ok(hr_lookup_field_get(l, &f, &found, &err), &err, "miss");
    assert_null(found.text);
    hr_lookup_add_tried(l, &tried);
    at = tried.data;
    for (size_t i = 0; i < N_OF(keys); i++) {
        at = strstr(at, keys[i]);
        if (!at)
            fail_msg("%s is not in its place in %s", keys[i], tried.data);
    }
    hr_buf_release(&tried);
    hr_lookup_free(l);
}

static void a_secret_does_not_belong_in_config(void **state)
{
    hr_lookup *l;
    hr_found found;
    hr_error err = {0};

    (void)state;
    put(".headrace/config.toml", "[sources]\nnotion.other = \"letters\"\n");
    static const hr_lookup_field f = {.sections = notion, .name = "other", .secret = true};
    l = new_lookup(NULL);
    assert_int_equal(hr_lookup_field_get(l, &f, &found, &err), HR_E_CONFIG);
    assert_non_null(
        strstr(err.msg, ".headrace/config.toml:2:16: sources.notion.other is a secret"));
    assert_null(strstr(err.msg, "letters"));
    hr_lookup_free(l);
    /* A later place that holds it is good. */
    put(".dlt/secrets.toml", "[sources]\nother = \"fine4\"\n");
    l = new_lookup(NULL);
    assert_finds(l, &f, "fine4", "sources.other");
    hr_lookup_free(l);
    put(".headrace/config.toml", "");
}

static void bad_files_are_named(void **state)
{
    hr_lookup *l;
    hr_found found;
    hr_error err = {0};

    (void)state;
    put(".headrace/config.toml", "a = \n");
    l = new_lookup(NULL);
    assert_int_equal(hr_lookup_get(l, "X", &found, &err), HR_E_CONFIG);
    assert_non_null(strstr(err.msg, ".headrace/config.toml:1:"));
    hr_lookup_free(l);
    put(".headrace/config.toml", "");
}

/* ---- ${...} ---- */

static hr_status expand(const char *yaml, hr_buf *out, hr_error *err)
{
    hr_lookup *l = new_lookup(NULL);
    hr_doc *doc = NULL;

    assert_hr_ok(hr_doc_parse_yaml(&doc, hr_str_from(yaml), "f.yaml", err), err, yaml);
    const hr_status st = hr_variables_expand(doc, NULL, l, err);
    char *json = st == HR_OK ? yyjson_val_write(hr_doc_root(doc), 0, NULL) : NULL;
    hr_buf_reset(out);
    if (json)
        hr_buf_addz(out, json);
    free(json);
    hr_doc_free(doc);
    hr_lookup_free(l);
    return st;
}

static void variables_are_replaced(void **state)
{
    static const struct {
        const char *yaml;
        const char *json;
    } good[] = {
        {"a: x${HR_T}y${HR_T}", "{\"a\":\"xoney"
                                "one\"}"},
        {"a: ${HR_EMPTY:-d}${HR_NONE:-}${HR_NONE:-a:-b}", "{\"a\":\"da:-b\"}"},
        {"a: $${HR_T} $HR_T {b} $$", "{\"a\":\"${HR_T} $HR_T {b} $$\"}"},
        {"${HR_T}: 1", "{\"${HR_T}\":1}"},
        {"a: ${sources.page_size}", "{\"a\":\"50\"}"},
    };
    hr_buf out = {0};
    hr_error err = {0};

    (void)state;
    assert_int_equal(setenv("HR_T", "one", 1), 0);
    assert_int_equal(setenv("HR_EMPTY", "", 1), 0);
    for (size_t i = 0; i < N_OF(good); i++) {
        assert_hr_ok(expand(good[i].yaml, &out, &err), &err, good[i].yaml);
        assert_str_equal(hr_buf_str(&out), hr_str_from(good[i].json), good[i].yaml);
    }
    put("token", "from-a-file-1\n\n");
    hr_buf yaml = {0};
    hr_buf_addf(&yaml, "a: ${file:%s/token}\nb: ${exec:echo from-a-command-1 | sed 's/{1}//'}",
                folder);
    assert_hr_ok(expand(yaml.data, &out, &err), &err, "file");
    assert_str_equal(hr_buf_str(&out),
                     HR_STR("{\"a\":\"from-a-file-1\",\"b\":\"from-a-command-1\"}"), "file, exec");
    assert_true(hr_secret_in(HR_STR("from-a-file-1")));
    assert_true(hr_secret_in(HR_STR("from-a-command-1")));
    hr_buf_release(&yaml);
    hr_buf_release(&out);
}

static void bad_variables_are_refused(void **state)
{
    static const char *const bad[][2] = {
        {"a: ${HR_NONE}", "f.yaml:1:4: ${HR_NONE} is not set; looked at environment: HR_NONE"},
        {"a: ${HR_NONE", "f.yaml:1:4: ${ has no closing brace"},
        {"a: ${}", "f.yaml:1:4: ${} is no variable"},
        {"a: ${x y}", "f.yaml:1:4: ${x y} is no variable"},
        {"a: ${file:/nonexistent/x}", "f.yaml:1:4: cannot open /nonexistent/x"},
        {"a: ${exec:exit 3}", "f.yaml:1:4: the command failed with exit status 3"},
    };
    hr_buf out = {0};

    (void)state;
    for (size_t i = 0; i < N_OF(bad); i++) {
        hr_error err = {0};

        assert_int_equal(expand(bad[i][0], &out, &err), HR_E_CONFIG);
        if (strncmp(err.msg, bad[i][1], strlen(bad[i][1])) != 0)
            fail_msg("%s: %s", bad[i][0], err.msg);
    }
    hr_buf_release(&out);
}

static void secrets_are_known_by_name(void **state)
{
    static const char *const yes[] = {
        "Authorization", "X-API-Key", "apikey",      "DB_PASSWORD", "client_secret",
        "access-token",  "sig",       "private_key", "Set-Cookie",  "AWS_SECRET_ACCESS_KEY"};
    static const char *const no[] = {"primary_key",
                                     "merge_key",
                                     "key",
                                     "tokens_per_page",
                                     "cursor_path",
                                     "monkey",
                                     "token_path",
                                     "access_token_url",
                                     "next_token_x",
                                     "page_token",
                                     ""};

    (void)state;
    for (size_t i = 0; i < N_OF(yes); i++)
        if (!hr_secret_is_name(hr_str_from(yes[i])))
            fail_msg("%s is not taken for a secret", yes[i]);
    for (size_t i = 0; i < N_OF(no); i++)
        if (hr_secret_is_name(hr_str_from(no[i])))
            fail_msg("%s is taken for a secret", no[i]);
    assert_true(hr_secret_is_sent(HR_STR("X-Shop-Key")) && hr_secret_is_sent(HR_STR("key")));
    assert_true(hr_secret_is_sent(HR_STR("access_token_2")));
    assert_false(hr_secret_is_sent(HR_STR("X-Next-Page-Token")));
}

static void passwords_of_urls_are_secrets(void **state)
{
    hr_error err = {0};

    (void)state;
    assert_hr_ok(hr_secret_add_url(HR_STR("postgres://me:pa%40ss-w0rd@host:1/db"), &err), &err, "");
    assert_true(hr_secret_in(HR_STR("pa@ss-w0rd")));
    assert_hr_ok(hr_secret_add_url(HR_STR("postgres://me:sl/ash-w0rd@host/db"), &err), &err, "");
    assert_true(hr_secret_in(HR_STR("sl/ash-w0rd")));
    assert_hr_ok(hr_secret_add_url(HR_STR("https://h/p?a=visible1&access_token=hidden-1#f"), &err),
                 &err, "");
    assert_true(hr_secret_in(HR_STR("hidden-1")));
    assert_hr_ok(hr_secret_add_url(HR_STR("items?a=visible1&token=hidden%2D2"), &err), &err, "");
    assert_true(hr_secret_in(HR_STR("hidden-2")));
    assert_hr_ok(hr_secret_add_url(HR_STR("ask me:visible1@home"), &err), &err, "");
    assert_hr_ok(hr_secret_add_url((hr_str){0}, &err), &err, "");
    assert_false(hr_secret_in(HR_STR("visible1")));
    assert_false(hr_secret_in(HR_STR("postgres host db me")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(toml_becomes_a_document),
        cmocka_unit_test(dotenv_is_read),
        cmocka_unit_test(places_are_asked_in_order),
        cmocka_unit_test(a_miss_says_where_it_looked),
        cmocka_unit_test(a_secret_does_not_belong_in_config),
        cmocka_unit_test(bad_files_are_named),
        cmocka_unit_test(variables_are_replaced),
        cmocka_unit_test(bad_variables_are_refused),
        cmocka_unit_test(secrets_are_known_by_name),
        cmocka_unit_test(passwords_of_urls_are_secrets),
        cmocka_unit_test(what_was_found_is_noted_without_secrets),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
