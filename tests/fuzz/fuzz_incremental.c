/* Any bytes as the options of an incremental, a line feed, and items: no item is kept twice, and
 * what the run leaves in the state is where the next one begins. The same with the items as the
 * children of a parent, whose row of the table is the memory between the runs. */
#include <stdlib.h>

#include "base/mem.h"
#include "extract/incremental.h"
#include "extract/parents.h"
#include "headrace/headrace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

/* A parent's row of the table. */
typedef struct memory {
    char parent[17];
    hr_buf value, hashes;
} memory;

static hr_status begin_parents(hr_incremental *inc, const hr_state *state, const memory *m)
{
    const char *kept = NULL;

    HR_TRY(hr_parents_begin(inc, state, "s", "id", &kept, NULL, NULL));
    return kept && m->value.len ? hr_parents_add(inc, hr_str_from(m->parent), hr_buf_str(&m->value),
                                                 hr_buf_str(&m->hashes), NULL)
                                : HR_OK;
}

static void remember(const hr_incremental *inc, memory *m)
{
    hr_parent_row row;

    check(hr_parents_n_moved(inc) <= 1);
    if (!hr_parents_n_moved(inc))
        return;
    hr_parents_moved(inc, 0, &row);
    memcpy(m->parent, row.parent, sizeof(m->parent));
    hr_buf_reset(&m->value);
    hr_buf_reset(&m->hashes);
    hr_buf_add(&m->value, row.value);
    hr_buf_addz(&m->hashes, "");
    hr_buf_add(&m->hashes, row.hashes);
}

/* The items that a run keeps; -1: it failed. `m` NULL: they have no parent. */
static int run(yyjson_val *options, yyjson_val *items, hr_state *state, memory *m)
{
    hr_incremental *inc = NULL;
    yyjson_val *item;
    size_t i, n;
    bool more = false;
    int kept = 0;
    void *worker = NULL;

    if (hr_incremental_new(&inc, options, NULL, "r", NULL) != HR_OK)
        return -1;
    hr_status st = hr_incremental_begin(inc, state, "s", &more, NULL, NULL);
    if (st == HR_OK && m)
        st = begin_parents(inc, state, m);
    const hr_step step = hr_incremental_step(inc);
    if (st == HR_OK)
        st = step.open(step.self, &worker, NULL);
    if (st == HR_OK && step.begin_page)
        st = step.begin_page(worker, 0, m ? 7 : 0, NULL);
    yyjson_arr_foreach(items, i, n, item)
    {
        yyjson_val *left = item;

        if (st == HR_OK)
            st = step.item(worker, &left, NULL);
        kept += left != NULL;
    }
    if (st == HR_OK && step.keep_page)
        st = step.keep_page(worker, NULL);
    if (worker && step.close(worker, st != HR_OK, NULL) != HR_OK)
        st = HR_E_NOMEM;
    if (st == HR_OK)
        st = hr_incremental_finish(inc, state, "s", NULL);
    if (st == HR_OK && m)
        remember(inc, m);
    hr_incremental_free(inc);
    return st == HR_OK ? kept : -1;
}

/* Without a lag or an end, the same input has nothing new for a second run. */
static bool is_settled(yyjson_val *options)
{
    static const char *const unsettling[] = {"lag", "end_value", "on_cursor_value_missing",
                                             "primary_key"};

    for (size_t i = 0; i < sizeof(unsettling) / sizeof(unsettling[0]); i++) {
        if (yyjson_obj_get(options, unsettling[i]))
            return false;
    }
    return true;
}

static void two_runs(yyjson_val *options, yyjson_val *items, memory *m)
{
    hr_state *state = NULL;

    check(hr_state_new(&state, "/", NULL) == HR_OK);
    const int first = run(options, items, state, m);
    const int second = first < 0 ? -1 : run(options, items, state, m);
    if (first >= 0 && is_settled(options))
        check(second == 0);
    hr_state_free(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *end = size ? memchr(text, '\n', size) : NULL;

    if (!end)
        return 0;
    const size_t head = (size_t)(end - text);
    yyjson_doc *options = yyjson_read(text, head, 0);
    yyjson_doc *items = yyjson_read(end + 1, size - head - 1, 0);
    if (options && items) {
        memory m = {.parent = ""};

        two_runs(yyjson_doc_get_root(options), yyjson_doc_get_root(items), NULL);
        two_runs(yyjson_doc_get_root(options), yyjson_doc_get_root(items), &m);
        hr_buf_release(&m.value);
        hr_buf_release(&m.hashes);
    }
    yyjson_doc_free(options);
    yyjson_doc_free(items);
    return 0;
}
