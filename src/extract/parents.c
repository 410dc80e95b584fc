#include "extract/parents.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/ids.h"
#include "base/map.h"
#include "base/mem.h"
#include "extract/incremental_int.h"
#include "extract/lag.h"
#include "headrace/headrace.h"
#include "json/json.h"

/* Our own member of the stored object:
 *   since         which rows of the table count: forgetting the state makes them count no more
 *   by            by which fields parents are known
 *   last_value, hashes   dlt's cursor as this program left it, and how many hashes it had
 *   from, from_hashes    the floor, if there is one, and dlt's hashes of the rows there */
static const char mark_member[] = "_headrace_parents";

typedef struct parent {
    uint64_t number;
    hr_str value, hashes; /* as the table has them; .p == NULL: it has none */
    hr_boundary rows;     /* of this run */
    hr_str new_value, new_hashes;
} parent;

struct hr_parents {
    char since[HR_ROW_ID + 1];
    const char *by;
    hr_cursor_copy floor; /* .v.kind NONE: there is none */
    hr_hash_set
        floor_own;       /* hashes of rows at the floor, as the state has them; or those that ... */
    bool floor_is_last;  /* ... the incremental has, when the floor is where dlt's cursor is */
    hr_buf floor_hashes; /* the same as texts, each with a space behind it */
    hr_map by_number;
    parent **seen; /* of this run; after finish those that have moved */
    size_t n, cap;
    hr_arena arena;
};

void hr_parents_free(hr_parents *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n; i++)
        hr_boundary_release(&p->seen[i]->rows);
    hr_cursor_copy_release(&p->floor);
    hr_hash_set_release(&p->floor_own);
    hr_buf_release(&p->floor_hashes);
    hr_map_release(&p->by_number);
    hr_free(p->seen);
    hr_arena_release(&p->arena);
    hr_free(p);
}

/* ---- where the last run stopped ---- */

/* Takes the first of texts that have a space between or behind them. */
static bool next_text(hr_str *texts, hr_str *out)
{
    const char *const space = texts->n ? memchr(texts->p, ' ', texts->n) : NULL;

    *out = (hr_str){texts->p, space ? (size_t)(space - texts->p) : texts->n};
    if (!texts->n)
        return false;
    texts->p += out->n + (space ? 1 : 0);
    texts->n -= out->n + (space ? 1 : 0);
    return true;
}

static hr_status add_hash_texts(hr_hash_set *into, hr_str texts, hr_error *err)
{
    for (hr_str text; next_text(&texts, &text);)
        HR_TRY(hr_hash_set_add_text(into, text, err));
    return HR_OK;
}

static hr_status keep_texts(hr_parents *p, yyjson_mut_val *hashes, hr_error *err)
{
    yyjson_mut_val *item;
    size_t i, n;

    yyjson_mut_arr_foreach(hashes, i, n, item)
    {
        const hr_str text = hr_json_str(item);

        if (i == HR_STATE_HASHES) /* dlt may have any number; the state is to stay small */
            break;
        if (text.p && hr_buf_add(&p->floor_hashes, text))
            hr_buf_addc(&p->floor_hashes, ' ');
    }
    return hr_buf_status(&p->floor_hashes, err);
}

/* What dlt's cursor has passed counts as loaded from now on. */
static hr_status floor_at_last(hr_incremental *inc, yyjson_mut_val *entry, hr_error *err)
{
    hr_parents *p = inc->parents;

    p->floor_is_last = true;
    if (!hr_cursor_keep(&p->floor, &inc->last.v))
        return hr_nomem(err);
    return keep_texts(p, hr_json_get(entry, "unique_hashes"), err);
}

static hr_status floor_of_mark(hr_incremental *inc, yyjson_mut_val *mark, hr_error *err)
{
    hr_parents *p = inc->parents;
    yyjson_mut_val *from = hr_json_get(mark, "from");
    hr_cursor floor;

    if (!from || !hr_cursor_of_state(from, &floor))
        return HR_OK;
    if (!hr_cursor_keep(&p->floor, &floor))
        return hr_nomem(err);
    HR_TRY(keep_texts(p, hr_json_get(mark, "from_hashes"), err));
    p->floor_own.width = HR_ROW_HASH_NOW;
    return add_hash_texts(&p->floor_own, hr_buf_str(&p->floor_hashes), err);
}

/* Whether dlt's cursor is where this program left it. */
static bool is_ours(const hr_incremental *inc, yyjson_mut_val *mark, yyjson_mut_val *entry)
{
    hr_cursor ours = {0};
    int64_t hashes = -1;

    (void)hr_json_int(hr_json_get(mark, "hashes"), &hashes);
    (void)hr_cursor_of_state(hr_json_get(mark, "last_value"), &ours);
    return !hr_cursors_differ(&ours, &inc->last.v) &&
           hashes == (int64_t)yyjson_mut_arr_size(hr_json_get(entry, "unique_hashes"));
}

static hr_status begin_at(hr_incremental *inc, yyjson_mut_val *entry, bool *known, bool *floored,
                          hr_error *err)
{
    hr_parents *p = inc->parents;
    yyjson_mut_val *mark = hr_json_get(entry, mark_member);
    const hr_str since = hr_json_str(hr_json_get(mark, "since"));

    *known =
        since.n == HR_ROW_ID && hr_str_eq(hr_json_str(hr_json_get(mark, "by")), hr_str_from(p->by));
    *floored = yyjson_mut_obj_size(entry) > 0 && inc->last.v.kind != HR_CURSOR_NONE &&
               !(*known && is_ours(inc, mark, entry));
    if (*known)
        memcpy(p->since, since.p, HR_ROW_ID);
    else
        HR_TRY(hr_new_row_ids(p->since, 1, err));
    if (*floored)
        return floor_at_last(inc, entry, err);
    return *known ? floor_of_mark(inc, mark, err) : HR_OK;
}

hr_status hr_parents_begin(hr_incremental *inc, const hr_state *state, const char *source,
                           const char *by, const char **kept, bool *floored, hr_error *err)
{
    bool known = false;
    bool new_floor = false;

    *kept = NULL;
    inc->of_children = true;
    hr_parents_free(inc->parents);
    inc->parents = NULL;
    if (inc->end.kind != HR_CURSOR_NONE)
        return HR_OK;
    inc->parents = hr_calloc(1, sizeof(*inc->parents));
    if (!inc->parents)
        return hr_nomem(err);
    inc->parents->by = by;
    HR_TRY(begin_at(inc, hr_incremental_entry(inc, state, source), &known, &new_floor, err));
    if (known)
        *kept = inc->parents->since;
    if (floored)
        *floored = new_floor;
    return HR_OK;
}

/* ---- parents ---- */

static parent *find(const hr_parents *p, uint64_t number)
{
    return hr_map_get(&p->by_number, (hr_str){(const char *)&number, sizeof(number)});
}

static parent *find_or_add(hr_parents *p, uint64_t number, hr_error *err)
{
    parent *there = find(p, number);

    if (there)
        return there;
    there = hr_arena_zalloc(&p->arena, sizeof(*there));
    if (there)
        there->number = number;
    if (there &&
        hr_map_put(&p->by_number, (hr_str){(const char *)&there->number, sizeof(number)}, there))
        return there;
    (void)hr_nomem(err);
    return NULL;
}

hr_status hr_parents_add(hr_incremental *inc, hr_str number, hr_str value, hr_str hashes,
                         hr_error *err)
{
    char digits[17] = "";
    char *end = NULL;

    if (number.n == 16)
        memcpy(digits, number.p, number.n);
    const uint64_t n = strtoull(digits, &end, 16);
    if (number.n != 16 || *end)
        return hr_fail(err, HR_E_REMOTE,
                       "_dlt_incremental_parents: \"" HR_STR_FMT "\" is no number of a parent",
                       HR_STR_ARG(number));
    parent *to = find_or_add(inc->parents, n, err);
    if (!to)
        return HR_E_NOMEM;
    to->value = hr_arena_str(&inc->parents->arena, value);
    to->hashes = hr_arena_str(&inc->parents->arena, hashes);
    return to->value.p && to->hashes.p ? HR_OK : hr_nomem(err);
}

/* ---- where a parent begins ---- */

static bool is_further(const hr_incremental *inc, const hr_cursor *a, const hr_cursor *b)
{
    int order = 1;

    if (a->kind == HR_CURSOR_NONE || b->kind == HR_CURSOR_NONE)
        return a->kind != HR_CURSOR_NONE;
    return hr_cursor_compare(a, b, &order) && order * inc->sign > 0;
}

static hr_status keep_json(hr_cursor_copy *into, hr_str json, hr_error *err)
{
    yyjson_mut_doc *doc = NULL;
    hr_cursor v = {0};

    HR_TRY(hr_json_parse(json, &doc, err));
    const bool ok = hr_cursor_of_state(yyjson_mut_doc_get_root(doc), &v);
    const hr_status st =
        !ok                        ? hr_fail(err, HR_E_REMOTE,
                                             "_dlt_incremental_parents: " HR_STR_FMT " is no value of a cursor",
                                             HR_STR_ARG(json))
        : hr_cursor_keep(into, &v) ? HR_OK
                                   : hr_nomem(err);
    yyjson_mut_doc_free(doc);
    return st;
}

/* The value and hashes that hold for a parent: its own, unless the floor is further. */
static hr_status find_last(const hr_incremental *inc, const parent *of, hr_parent_start *out,
                           hr_error *err)
{
    const hr_parents *p = inc->parents;
    const hr_cursor *last = &out->last.v;
    hr_cursor_copy *const into = &out->last;

    if (of && of->value.p)
        HR_TRY(keep_json(into, of->value, err));
    if (last->kind != HR_CURSOR_NONE && !is_further(inc, &p->floor.v, last)) {
        out->seen = &out->own;
        out->own.width = HR_ROW_HASH_NOW; /* of longer ones, as dlt had them, the first bytes */
        HR_TRY(add_hash_texts(&out->own, of->hashes, err));
        return hr_cursors_differ(&p->floor.v, last)
                   ? HR_OK
                   : add_hash_texts(&out->own, hr_buf_str(&p->floor_hashes), err);
    }
    if (p->floor.v.kind != HR_CURSOR_NONE)
        out->seen = p->floor_is_last ? &inc->seen : &p->floor_own;
    return hr_cursor_keep(into, out->seen ? &p->floor.v : &inc->initial.v) ? HR_OK : hr_nomem(err);
}

hr_status hr_parents_start(const hr_incremental *inc, uint64_t number, hr_parent_start *out,
                           hr_error *err)
{
    hr_status st = HR_OK;

    *out = (hr_parent_start){0};
    if (inc->parents)
        st = find_last(inc, find(inc->parents, number), out, err);
    else
        st = hr_cursor_keep(&out->last, &inc->last.v) ? HR_OK : hr_nomem(err);
    if (st == HR_OK)
        st = hr_incremental_start_from(inc, &out->last.v, &out->start, err);
    if (st != HR_OK)
        hr_parent_start_release(out);
    return st;
}

void hr_parent_start_release(hr_parent_start *s)
{
    hr_cursor_copy_release(&s->last);
    hr_cursor_copy_release(&s->start);
    hr_hash_set_release(&s->own);
    *s = (hr_parent_start){0};
}

/* ---- where this run stopped ---- */

hr_status hr_parents_note(hr_incremental *inc, uint64_t number, hr_boundary *rows, hr_error *err)
{
    hr_parents *p = inc->parents;

    if (rows->last.v.kind == HR_CURSOR_NONE)
        return HR_OK;
    parent *of = find_or_add(p, number, err);
    if (!of)
        return HR_E_NOMEM;
    if (of->rows.last.v.kind == HR_CURSOR_NONE && !HR_PUSH(p->seen, p->n, p->cap, of))
        return hr_nomem(err);
    return hr_boundary_merge(&of->rows, rows, inc->sign, err);
}

/* The hashes at the new value: those that were there, if it has not moved, then the new ones. */
static hr_status put_hashes(hr_incremental *inc, const parent *of, hr_str before, hr_buf *out,
                            hr_error *err)
{
    hr_hash_set told = {.width = HR_ROW_HASH_NOW};
    char text[HR_ROW_HASH_TEXT];
    bool ok = true;

    if (before.n)
        hr_buf_add(out, before);
    for (size_t i = 0; inc->dedup && ok && i < of->rows.n; i++) {
        const unsigned char *hash = of->rows.rows[i].hash;

        if (hr_hash_set_has(&told, hash))
            continue;
        ok = hr_hash_set_add(&told, hash);
        hr_row_hash_text(hash, HR_ROW_HASH_NOW, text);
        hr_buf_addf(out, "%s ", text);
    }
    hr_hash_set_release(&told);
    return ok ? hr_buf_status(out, err) : hr_nomem(err);
}

/* *moved: something is new, and stands in the parent's new row. */
static hr_status move(hr_incremental *inc, parent *of, const hr_parent_start *from, bool *moved,
                      hr_error *err)
{
    hr_parents *p = inc->parents;
    const hr_cursor *to = &of->rows.last.v;
    hr_buf value = {0};
    hr_buf hashes = {0};
    hr_str before = {0};

    *moved = is_further(inc, to, &from->last.v);
    if (!*moved && hr_cursors_differ(to, &from->last.v))
        return HR_OK; /* with a lag, rows may be of before */
    if (!*moved && from->seen == &from->own)
        before = of->hashes;
    else if (!*moved && from->seen)
        before = hr_buf_str(&p->floor_hashes);
    *moved = *moved || of->rows.n;
    hr_boundary_sort(&of->rows);
    hr_status st = hr_cursor_write(to, &value, err);
    if (st == HR_OK)
        st = put_hashes(inc, of, before, &hashes, err);
    of->new_value = hr_arena_str(&p->arena, hr_buf_str(&value));
    of->new_hashes = hr_arena_str(&p->arena, hashes.len ? hr_buf_str(&hashes) : HR_STR(""));
    hr_buf_release(&value);
    hr_buf_release(&hashes);
    return st == HR_OK && (!of->new_value.p || !of->new_hashes.p) ? hr_nomem(err) : st;
}

static int by_number(const void *a, const void *b)
{
    const parent *x = *(parent *const *)a;
    const parent *y = *(parent *const *)b;

    return (x->number > y->number) - (x->number < y->number);
}

static hr_status find_moved(hr_incremental *inc, hr_error *err)
{
    hr_parents *p = inc->parents;
    size_t kept = 0;
    hr_status st = HR_OK;

    for (size_t i = 0; i < p->n; i++) { /* all of them: each gives its memory back */
        parent *of = p->seen[i];
        hr_parent_start from = {0};
        bool moved = false;

        if (st == HR_OK)
            st = hr_parents_start(inc, of->number, &from, err);
        if (st == HR_OK)
            st = move(inc, of, &from, &moved, err);
        hr_parent_start_release(&from);
        hr_boundary_release(&of->rows);
        if (moved)
            p->seen[kept++] = of;
    }
    p->n = kept;
    if (kept)
        qsort(p->seen, kept, sizeof(*p->seen), by_number);
    return st;
}

static bool put_texts(hr_json_mdoc *doc, hr_json_mval *mark, hr_str texts)
{
    yyjson_mut_val *list = yyjson_mut_arr(doc);
    bool ok = list != NULL;

    for (hr_str text; ok && next_text(&texts, &text);)
        ok = yyjson_mut_arr_append(list, yyjson_mut_strncpy(doc, text.p, text.n));
    return ok && hr_json_put(doc, mark, "from_hashes", list);
}

hr_status hr_parents_finish(hr_incremental *inc, hr_json_mdoc *doc, hr_json_mval *entry,
                            hr_error *err)
{
    const hr_parents *p = inc->parents;
    const size_t hashes = yyjson_mut_arr_size(hr_json_get(entry, "unique_hashes"));
    yyjson_mut_val *mark = yyjson_mut_obj(doc);
    bool ok =
        mark && hr_json_put(doc, mark, "since", yyjson_mut_strcpy(doc, p->since)) &&
        hr_json_put(doc, mark, "by", yyjson_mut_strcpy(doc, p->by)) &&
        hr_json_put(doc, mark, "last_value", hr_cursor_to_doc(hr_incremental_stop(inc), doc)) &&
        hr_json_put(doc, mark, "hashes", yyjson_mut_uint(doc, hashes));

    if (ok && p->floor.v.kind != HR_CURSOR_NONE)
        ok = hr_json_put(doc, mark, "from", hr_cursor_to_doc(&p->floor.v, doc)) &&
             put_texts(doc, mark, hr_buf_str(&p->floor_hashes));
    if (!ok || !hr_json_put(doc, entry, mark_member, mark))
        return hr_nomem(err);
    return find_moved(inc, err);
}

size_t hr_parents_n_moved(const hr_incremental *inc)
{
    return inc->parents ? inc->parents->n : 0;
}

const char *hr_parents_since(const hr_incremental *inc)
{
    return inc->parents->since;
}

void hr_parents_moved(const hr_incremental *inc, size_t i, hr_parent_row *out)
{
    const parent *of = inc->parents->seen[i];

    (void)snprintf(out->parent, sizeof(out->parent), "%016" PRIx64, of->number);
    out->value = of->new_value;
    out->hashes = of->new_hashes;
}
