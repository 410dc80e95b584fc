/* Any bytes as what a state column holds: refused, or the same again after a round trip. */
#include <stdlib.h>

#include "headrace/headrace.h"
#include "state/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hr_state *s, *back;
    char hash[HR_STATE_HASH_TEXT], again[HR_STATE_HASH_TEXT];
    hr_buf column = {0};

    if (hr_state_decode(&s, (hr_str){(const char *)data, size}, NULL) != HR_OK)
        return 0;
    check(hr_state_add_schema_name(s, "fuzz", NULL) == HR_OK);
    check(hr_state_set_run(s, "/", NULL) == HR_OK);
    check(hr_state_bump(s, NULL, NULL) == HR_OK);
    check(hr_state_hash(s, hash, NULL) == HR_OK);
    check(hr_state_encode(s, &column, NULL) == HR_OK);
    check(hr_state_decode(&back, hr_buf_str(&column), NULL) == HR_OK);
    check(hr_state_hash(back, again, NULL) == HR_OK);
    check(strcmp(hash, again) == 0 && hr_state_version(s) == hr_state_version(back));

    hr_buf_release(&column);
    hr_state_free(back);
    hr_state_free(s);
    return 0;
}
