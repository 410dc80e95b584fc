#include "schema/spelling.h"

#include "base/mem.h"
#include "headrace/headrace.h"

/* The name as an engine compares it that does not tell capitals apart. */
static hr_str folded(hr_arena *arena, const char *name)
{
    const size_t n = strlen(name);
    char *const p = hr_arena_alloc(arena, n + 1);

    for (size_t i = 0; p && i <= n; i++)
        p[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
    return (hr_str){p, n};
}

/* *twin: the name that is there already in another spelling, NULL if none is. */
static hr_status add(hr_map *names, hr_arena *arena, const char *name, const char **twin,
                     hr_error *err)
{
    const hr_str key = folded(arena, name);

    if (!key.p)
        return hr_nomem(err);
    *twin = hr_map_get(names, key);
    return *twin || hr_map_put(names, key, (void *)(uintptr_t)name) ? HR_OK : hr_nomem(err);
}

static const char way_out[] =
    "are one name at this destination; rename one, or use a naming convention without capitals, "
    "such as sql_ci_v1";

static hr_status check_columns(const hr_table *t, hr_arena *arena, hr_error *err)
{
    hr_map names = {0};
    hr_status st = HR_OK;
    const char *twin = NULL;

    for (size_t i = 0; st == HR_OK && i < t->n_columns; i++) {
        st = add(&names, arena, t->columns[i]->name, &twin, err);
        if (st == HR_OK && twin)
            st = hr_fail(err, HR_E_SCHEMA, "table \"%s\": columns \"%s\" and \"%s\" %s", t->name,
                         twin, t->columns[i]->name, way_out);
    }
    hr_map_release(&names);
    return st;
}

hr_status hr_schema_check_spelling(const hr_schema *s, hr_error *err)
{
    hr_arena arena = {0};
    hr_map names = {0};
    hr_status st = HR_OK;
    const char *twin = NULL;

    for (size_t i = 0; st == HR_OK && i < s->n_tables; i++) {
        const hr_table *t = s->tables[i];

        st = add(&names, &arena, t->name, &twin, err);
        if (st == HR_OK && twin)
            st = hr_fail(err, HR_E_SCHEMA, "tables \"%s\" and \"%s\" %s", twin, t->name, way_out);
        if (st == HR_OK)
            st = check_columns(t, &arena, err);
    }
    hr_map_release(&names);
    hr_arena_release(&arena);
    return st;
}
