/* Any bytes as a name: never empty, within the limit, of the alphabet, and once is enough. */
#include <stdlib.h>

#include "base/utf8.h"
#include "headrace/headrace.h"
#include "schema/naming.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static bool of_the_alphabet(hr_str s)
{
    for (size_t at = 0; at < s.n;) {
        const uint32_t c = hr_utf8_next(s, &at);
        if (!(c >= 'a' && c <= 'z') && c != '_' && !hr_utf8_is_digit(c))
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const hr_naming unlimited = {0};
    const hr_naming limit = {.max_length = size > 0 ? 1U + data[0] % 64U : 63U};
    const hr_naming other = {.max_length = limit.max_length, .convention = 1 + size % 3};
    const hr_str raw = {(const char *)data, size};
    hr_buf once = {0}, twice = {0}, cut = {0};

    check(hr_naming_path(&unlimited, raw, &once, NULL) == HR_OK);
    check(once.len > 0 && of_the_alphabet(hr_buf_str(&once)));
    check(hr_naming_path(&unlimited, hr_buf_str(&once), &twice, NULL) == HR_OK);
    check(hr_str_eq(hr_buf_str(&once), hr_buf_str(&twice)));

    check(hr_naming_path(&limit, raw, &cut, NULL) == HR_OK);
    check(cut.len > 0 && hr_utf8_count(hr_buf_str(&cut)) <= limit.max_length);
    hr_buf_reset(&cut);
    if (hr_naming_identifier(&limit, raw, &cut, NULL) == HR_OK)
        check(cut.len > 0 && hr_utf8_count(hr_buf_str(&cut)) <= limit.max_length);
    hr_buf_reset(&cut);
    check(hr_naming_path(&other, raw, &cut, NULL) == HR_OK);
    check(cut.len > 0 && hr_utf8_count(hr_buf_str(&cut)) <= limit.max_length);
    check(!memchr(cut.data, '"', cut.len) && !memchr(cut.data, '\n', cut.len));
    hr_buf_release(&once);
    hr_buf_release(&twice);
    hr_buf_release(&cut);
    return 0;
}
