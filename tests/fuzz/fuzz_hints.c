/* Any bytes as hints: refused, or put into a schema that is one still; and as a pattern of names,
 * which gives the same answer twice. The first byte chooses. */
#include <stdlib.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "schema/apply.h"
#include "schema/shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void check_schema(hr_schema *s)
{
    hr_schema *again = NULL;
    hr_buf text = {0};

    check(hr_schema_bump(s, NULL, NULL) == HR_OK);
    check(hr_schema_write(s, &text, NULL) == HR_OK);
    check(hr_schema_parse(&again, hr_buf_str(&text), NULL) == HR_OK);
    hr_schema_free(again);
    hr_buf_release(&text);
}

static void check_shape(const hr_schema *s, const hr_hints *h, const hr_naming *naming)
{
    const hr_table *t = hr_schema_table(s, HR_STR("r"));
    hr_row_shape shape;
    hr_keep keep;

    check(t != NULL);
    if (hr_row_shape_init(&shape, s, t, h->rename, naming, NULL) != HR_OK)
        return;
    for (size_t i = 0; i < t->n_columns; i++)
        check(hr_row_shape_keep(&shape, hr_str_from(t->columns[i]->name), &keep, NULL) == HR_OK);
    (void)hr_row_shape_key(&shape, HR_STR("a"));
    hr_row_shape_release(&shape);
}

static void apply(const char *text, const hr_naming *naming)
{
    hr_schema *s = NULL;
    hr_hints h;

    if (hr_hints_parse(&h, text, NULL) != HR_OK)
        return;
    check(hr_schema_new(&s, "s", NULL) == HR_OK);
    if (hr_row_shape_check(&h, naming, NULL) == HR_OK &&
        hr_schema_apply_hints(s, &h, "R", "r", (hr_str){0}, naming, NULL) == HR_OK &&
        hr_schema_reindex(s, NULL) == HR_OK) {
        check_schema(s);
        check_shape(s, &h, naming);
    }
    hr_schema_free(s);
    hr_hints_release(&h);
}

static void match(const char *text, size_t size, const hr_naming *naming)
{
    hr_pattern p;

    if (memchr(text, '{', size) || size > 100) /* repetitions of repetitions take the C library's
                                                  compiler all memory */
        return;
    if (hr_pattern_init(&p, (hr_str){text, size}, naming, NULL) != HR_OK)
        return;
    check(hr_pattern_matches(&p, "some_name") == hr_pattern_matches(&p, "some_name"));
    check(!p.name || hr_pattern_matches(&p, p.name));
    hr_pattern_release(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const hr_naming naming = {.max_length = 40, .convention = size ? data[0] % 4U : 0};
    char *text = hr_malloc(size + 1);

    check(text != NULL);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    if (size && data[0] & 1)
        match(text + 1, size - 1, &naming);
    else if (size)
        apply(text + 1, &naming);
    hr_free(text);
    return 0;
}
