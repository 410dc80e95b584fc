#include "support/http_client.h"

#include "support.h"

static int64_t fake_ticks(void *ctx)
{
    return atomic_load(&((test_clock *)ctx)->ticks);
}

static int64_t fake_date(void *ctx)
{
    return ((test_clock *)ctx)->epoch + fake_ticks(ctx);
}

static bool fake_skip(void *ctx, int64_t micros)
{
    atomic_fetch_add(&((test_clock *)ctx)->ticks, micros);
    return true;
}

static void on_event(void *ctx, const hr_event *event)
{
    test_client *const t = ctx;
    const size_t n = strlen(t->said);

    (void)snprintf(t->said + n, sizeof(t->said) - n, "%s\n", event->message);
}

void test_client_open(test_client *t, const char *settings)
{
    const hr_clock clock = {
        .ticks = fake_ticks, .date = fake_date, .skip = fake_skip, .ctx = &t->clock};
    const hr_http_options options = {.size = sizeof(options), .on_event = on_event, .event_ctx = t};
    hr_http_settings s;
    hr_doc *doc = NULL;
    hr_error err = {0};

    t->client = NULL;
    t->said[0] = '\0';
    atomic_store(&t->clock.ticks, 1000);
    t->clock.epoch = INT64_C(1700000000) * HR_SECOND;
    assert_hr_ok(hr_doc_parse_json(&doc, hr_str_from(settings), "settings", &err), &err, "parse");
    assert_hr_ok(hr_http_settings_init(doc, &s, &err), &err, "defaults");
    assert_hr_ok(hr_options_read(doc, hr_doc_root(doc), &hr_http_table, &s, &err), &err, "read");
    assert_hr_ok(hr_http_client_with(&s, &options, &clock, &t->client, &err), &err, "client");
    hr_doc_free(doc);
}

void test_client_close(test_client *t)
{
    hr_http_client_free(t->client);
}

double test_client_seconds(test_client *t)
{
    return (double)(atomic_load(&t->clock.ticks) - 1000) / HR_SECOND;
}

hr_http_response *test_send(test_client *t, const hr_http_request *request)
{
    hr_http_response *r = NULL;
    hr_error err = {0};

    assert_hr_ok(hr_http_send(t->client, request, &r, &err), &err, "send");
    return r;
}

hr_http_response *test_get(test_client *t, const char *url)
{
    return test_send(t, &(hr_http_request){.size = sizeof(hr_http_request), .url = url});
}

const char *test_get_error(test_client *t, const char *url)
{
    static hr_error err;
    hr_http_response *const r = test_get(t, url);

    err = (hr_error){0};
    (void)!hr_http_response_check(r, &err);
    hr_http_response_free(r);
    return err.msg;
}
