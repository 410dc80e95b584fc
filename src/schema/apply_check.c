/* Hints that are wrong whatever the schema is, told before there is one. */
#include "schema/apply.h"

#include "base/buf.h"
#include "base/mem.h"
#include "headrace/headrace.h"

/* Of one table, put into an empty schema. */
static hr_status check_table(const hr_hints *h, const hr_naming *naming, const char *resource,
                             hr_error *err)
{
    hr_hints own = *h;
    hr_schema *s = NULL;

    own.nested_hints = NULL;
    if (!hr_hints_shape_tables(&own))
        return HR_OK;
    HR_TRY(hr_schema_new(&s, "check", err));
    const hr_status st =
        hr_schema_apply_hints(s, &own, resource, "check", (hr_str){0}, naming, err);
    hr_schema_free(s);
    return st;
}

static hr_status check_nested(yyjson_val *path, yyjson_val *nested, const hr_naming *naming,
                              const char *resource, hr_error *err)
{
    hr_hints h;
    hr_buf name = {0};

    hr_buf_addf(&name, "%s: nested_hints: %s", resource, yyjson_get_str(path));
    hr_status st = hr_buf_status(&name, err);
    if (st == HR_OK)
        st = hr_hints_read(&h, nested, err);
    if (st == HR_OK)
        st = check_table(&h, naming, name.data, err);
    hr_buf_release(&name);
    return st;
}

hr_status hr_hints_check(const hr_hints *h, const hr_naming *naming, const char *resource,
                         hr_error *err)
{
    yyjson_val *path, *nested;
    size_t i, n;

    HR_TRY(check_table(h, naming, resource, err));
    if (!h->nested_hints) /* yyjson's loop would count from NULL */
        return HR_OK;
    yyjson_obj_foreach(h->nested_hints, i, n, path, nested)
    {
        HR_TRY(check_nested(path, nested, naming, resource, err));
    }
    return HR_OK;
}
