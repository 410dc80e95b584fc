/* Any text behind postgres://: refused, or shown as a URL that means the same but for secrets; and
 * the password is in neither the message nor what is shown. */
#include <stdlib.h>

#include "base/mem.h"
#include "destination/postgres/url.h"
#include "headrace/headrace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void show(const char *text, hr_arena *arena, hr_buf *shown, hr_error *err)
{
    pg_url url;

    if (pg_url_parse(text, &url, arena, err) == HR_OK)
        pg_url_show(&url, shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char secret[] = "zZsEcReTZz";
    hr_arena arena = {0};
    hr_buf text = {0}, once = {0}, twice = {0};
    hr_error err = {0};

    hr_buf_addf(&text, "postgres://u:%s@%.*s", secret, (int)size, (const char *)data);
    if (!text.failed)
        show(text.data, &arena, &once, &err);
    check(!strstr(err.msg, secret));
    if (once.len) {
        check(!strstr(once.data, secret));
        show(once.data, &arena, &twice, NULL);
        check(hr_str_eq(hr_buf_str(&once), hr_buf_str(&twice)));
    }
    hr_buf_release(&text);
    hr_buf_release(&once);
    hr_buf_release(&twice);
    hr_arena_release(&arena);
    return 0;
}
