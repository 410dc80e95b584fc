/* URLs: joined, resolved, encoded, compared, and shown without secrets. */
#include "support.h"

#include "headrace/headrace.h"
#include "net/redact.h"
#include "net/url.h"

static const struct {
    const char *base, *path, *want;
} joins[] = {
    {"http://h", "items", "http://h/items"},
    {"http://h/", "/items", "http://h/items"},
    {"http://h///", "//a/b", "http://h/a/b"},
    {"http://h", "/", "http://h/"},
    {"http://h/v1", "", "http://h/v1"},
    {"", "http://h/x", "http://h/x"},
    {"http://h/v1", "https://other/x", "https://other/x"},
    {"http://h/v1", "ftp://x", "http://h/v1/ftp://x"},
    {"http://h/v1", "a?b=c#d", "http://h/v1/a?b=c#d"},
};

static void paths_are_joined_as_dlt_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(joins); i++) {
        char *got = NULL;

        assert_int_equal(hr_url_join(joins[i].base, joins[i].path, &got, NULL), HR_OK);
        assert_string_equal(got, joins[i].want);
        hr_free(got);
    }
}

static const struct {
    const char *base, *reference, *want;
} references[] = {
    {"http://h/a/b?x=1", "?page=4", "http://h/a/b?page=4"},
    {"http://h/a/b?x=1", "items?p=2", "http://h/a/items?p=2"},
    {"http://h/a/b", "/v1/x", "http://h/v1/x"},
    {"http://h/a/b", "//other/x", "http://other/x"},
    {"http://h/a/b/c", "../d", "http://h/a/d"},
    {"http://h/a", "https://o:8443/x", "https://o:8443/x"},
    {"http://h/a", "b c?q=\xc3\xbc", "http://h/b%20c?q=%C3%BC"},
    {"http://h/a", "?cursor=a%2Bb%3D", "http://h/a?cursor=a%2Bb%3D"},
};

static void references_are_resolved(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(references); i++) {
        char *got = NULL;
        hr_error err = {0};

        assert_hr_ok(hr_url_resolve(references[i].base, references[i].reference, &got, &err), &err,
                     references[i].reference);
        assert_string_equal(got, references[i].want);
        hr_free(got);
    }
}

static void parameters_are_added(void **state)
{
    const hr_http_field fields[] = {
        {"q", "a b&c/\xc3\xbc"}, {"none", NULL}, {"e", ""}, {"e", "~._-"}};
    char *got = NULL;

    (void)state;
    assert_int_equal(hr_url_with_params("http://h/x?k=v#frag", fields, 4, &got, NULL), HR_OK);
    assert_string_equal(got, "http://h/x?k=v&q=a+b%26c%2F%C3%BC&e=&e=~._-");
    hr_free(got);
    assert_int_equal(hr_url_with_params("http://h/x?", fields, 1, &got, NULL), HR_OK);
    assert_string_equal(got, "http://h/x?q=a+b%26c%2F%C3%BC");
    hr_free(got);
}

static const struct {
    const char *url, *want;
} origins[] = {
    {"HTTP://Example.COM/x", "http://example.com:80"},
    {"https://example.com:443/", "https://example.com:443"},
    {"https://user:pass@example.com:8443/@evil.com", "https://example.com:8443"},
    {"http://good.com@evil.com/", "http://evil.com:80"},
    {"http://[::1]:80/x", "http://[::1]:80"},
};

static void origins_are_those_that_are_connected_to(void **state)
{
    const hr_curl *curl = NULL;
    hr_error err = {0};

    (void)state;
    assert_hr_ok(hr_curl_get(&curl, &err), &err, "libcurl");
    for (size_t i = 0; i < N_OF(origins); i++) {
        CURLU *u = NULL;
        hr_buf got = {0};

        assert_hr_ok(hr_url_parse(curl, origins[i].url, &u, &err), &err, origins[i].url);
        assert_hr_ok(hr_url_origin(curl, u, &got, &err), &err, origins[i].url);
        assert_string_equal(got.data, origins[i].want);
        hr_buf_release(&got);
        curl->url_cleanup(u);
    }
}

static const struct {
    const char *url, *want;
} shown[] = {
    {"http://h/x?api_key=1&page=2", "http://h/x?api_key=***&page=2"},
    {"http://h/x?Access-Token=1&page_token=2", "http://h/x?Access-Token=***&page_token=2"},
    {"http://u:p@h/x", "http://***@h/x"},
    {"http://h/a@b?X-Amz-Signature=1&sig=2", "http://h/a@b?X-Amz-Signature=***&sig=***"},
    {"http://h/?", "http://h/?"},
    {"not a url", "not a url"},
};

static void secrets_are_not_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(shown); i++) {
        hr_buf got = {0};

        hr_redact_url(hr_str_from(shown[i].url), &got);
        assert_string_equal(got.data, shown[i].want);
        hr_buf_release(&got);
    }
}

static void secrets_of_bodies_are_not_shown(void **state)
{
    hr_buf got = {0};

    (void)state;
    hr_redact_json(
        HR_STR("{\"error\": \"no\", \"api_key\" : \"a\\\"b\", \"next_page_token\": \"n\","
               " \"password\": 5, \"secret\":\"cut o"),
        &got);
    assert_string_equal(got.data,
                        "{\"error\": \"no\", \"api_key\" : \"***\", "
                        "\"next_page_token\": \"n\", \"password\": 5, \"secret\":\"***\"");
    hr_buf_release(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_joined_as_dlt_does),
        cmocka_unit_test(references_are_resolved),
        cmocka_unit_test(parameters_are_added),
        cmocka_unit_test(origins_are_those_that_are_connected_to),
        cmocka_unit_test(secrets_are_not_shown),
        cmocka_unit_test(secrets_of_bodies_are_not_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
