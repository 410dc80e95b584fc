#include "extract/incremental.h"

#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "extract/incremental_int.h"
#include "extract/interval.h"
#include "extract/lag.h"
#include "extract/parents.h"
#include "headrace/headrace.h"
#include "json/json.h"

/* Our own member of the stored object: to which last value hashes lie at the destination. */
static const char more_member[] = "_headrace_more_hashes_of";

hr_status hr_incremental_new(hr_incremental **out, yyjson_val *options, yyjson_val *primary_key,
                             const char *resource, hr_error *err)
{
    hr_incremental *inc = hr_calloc(1, sizeof(*inc));

    *out = NULL;
    if (!inc)
        return hr_nomem(err);
    inc->resource = resource;
    const hr_status st = hr_incremental_read_options(inc, options, primary_key, err);
    if (st != HR_OK) {
        hr_incremental_free(inc);
        return st == HR_E_NOMEM ? st : hr_fail_in(err, st, "resource %s: incremental", resource);
    }
    *out = inc;
    return HR_OK;
}

void hr_incremental_free(hr_incremental *inc)
{
    if (!inc)
        return;
    hr_jsonpath_free(inc->path);
    hr_cursor_copy_release(&inc->initial);
    hr_cursor_copy_release(&inc->start);
    hr_cursor_copy_release(&inc->last);
    hr_cursor_copy_release(&inc->scheduled_start);
    hr_cursor_copy_release(&inc->scheduled_end);
    hr_hash_set_release(&inc->seen);
    hr_buf_release(&inc->stored_hashes);
    hr_boundary_release(&inc->boundary);
    hr_parents_free(inc->parents);
    hr_free(inc);
}

const char *hr_incremental_path(const hr_incremental *inc)
{
    return inc->path_text;
}

hr_str hr_incremental_column(const hr_incremental *inc)
{
    return inc->column;
}

yyjson_val *hr_incremental_key(const hr_incremental *inc)
{
    return inc->key;
}

const hr_cursor *hr_incremental_initial(const hr_incremental *inc)
{
    return &inc->initial.v;
}

const hr_cursor *hr_incremental_start(const hr_incremental *inc)
{
    return &inc->start.v;
}

const hr_cursor *hr_incremental_last(const hr_incremental *inc)
{
    return &inc->last.v;
}

const hr_cursor *hr_incremental_end(const hr_incremental *inc)
{
    return &inc->end;
}

uint64_t hr_incremental_rows_in(const hr_incremental *inc)
{
    return inc->rows_in;
}

uint64_t hr_incremental_left_out(const hr_incremental *inc)
{
    return inc->rows_left_out;
}

/* ---- where the last run stopped ---- */

hr_json_mval *hr_incremental_entry(const hr_incremental *inc, const hr_state *state,
                                   const char *source)
{
    const yyjson_mut_val *of_source = hr_json_get(hr_state_sources(state), source);
    const yyjson_mut_val *of_resource =
        hr_json_get(hr_json_get(of_source, "resources"), inc->resource);

    return hr_json_get(hr_json_get(of_resource, "incremental"), inc->path_text);
}

hr_status hr_incremental_add_hash(hr_incremental *inc, hr_str text, hr_error *err)
{
    return hr_hash_set_add_text(&inc->seen, text, err);
}

static hr_status read_hashes(hr_incremental *inc, yyjson_mut_val *hashes, hr_error *err)
{
    yyjson_mut_val *item;
    size_t i, n;

    inc->seen.width = HR_ROW_HASH_NOW;
    yyjson_mut_arr_foreach(hashes, i, n, item)
    {
        if (yyjson_mut_get_len(item) == 20) /* of dlt before 1.29 */
            inc->seen.width = HR_ROW_HASH;
    }
    yyjson_mut_arr_foreach(hashes, i, n, item)
    {
        const hr_str text = hr_json_str(item);

        if (!text.p)
            continue;
        HR_TRY(hr_incremental_add_hash(inc, text, err));
        hr_buf_add(&inc->stored_hashes, text);
        hr_buf_addc(&inc->stored_hashes, '\0');
        inc->n_stored++;
    }
    return hr_buf_status(&inc->stored_hashes, err);
}

static hr_status keep(hr_cursor_copy *into, const hr_cursor *v, hr_error *err)
{
    return hr_cursor_keep(into, v) ? HR_OK : hr_nomem(err);
}

static hr_status keep_stored(hr_cursor_copy *into, yyjson_mut_val *v, hr_error *err)
{
    hr_cursor c = {0};

    if (v && !yyjson_mut_is_null(v) && !hr_cursor_of_state(v, &c))
        return hr_fail(err, HR_E_CONFIG,
                       "the state holds a cursor value that is neither number nor text; forget it "
                       "with `headrace drop --state-only`");
    return keep(into, &c, err);
}

static hr_status from_entry(hr_incremental *inc, yyjson_mut_val *entry, bool *more, bool *changed,
                            hr_error *err)
{
    hr_cursor marked = {0};

    HR_TRY(keep_stored(&inc->initial, hr_json_get(entry, "initial_value"), err));
    HR_TRY(keep_stored(&inc->last, hr_json_get(entry, "last_value"), err));
    if (changed)
        *changed = hr_cursors_differ(&inc->initial.v, &inc->given_initial);
    if (inc->dedup)
        HR_TRY(read_hashes(inc, hr_json_get(entry, "unique_hashes"), err));
    yyjson_mut_val *mark = hr_json_get(entry, more_member);
    inc->overflowed = inc->dedup && mark && hr_cursor_of_state(mark, &marked) &&
                      !hr_cursors_differ(&marked, &inc->last.v);
    *more = inc->overflowed;
    return HR_OK;
}

/* A bound that the options give stays if it is the narrower one: `way` is 1 for a start, -1 for an
 * end. */
static hr_status narrow(hr_cursor *given, const hr_cursor *scheduled, int way, hr_error *err)
{
    int order = -way;

    if (given->kind != HR_CURSOR_NONE && !hr_cursor_compare(given, scheduled, &order))
        return hr_fail(err, HR_E_CONFIG, "it does not compare with a scheduler's interval");
    if (order * way < 0)
        *given = *scheduled;
    return HR_OK;
}

/* The range of a run that a scheduler starts; what it begins after ends is empty. */
static hr_status join_scheduler(hr_incremental *inc, hr_error *err)
{
    const hr_cursor like = inc->given_initial;
    hr_interval interval;
    bool joined;

    HR_TRY(hr_interval_find(&interval, inc->scheduler, &joined, err));
    if (!joined)
        return HR_OK;
    if (inc->sign < 0)
        return hr_fail(err, HR_E_CONFIG,
                       "last_value_func: min does not go with a scheduler's interval");
    HR_TRY(hr_interval_value(interval.start, &like, &inc->scheduled_start, err));
    HR_TRY(hr_interval_value(interval.end, &like, &inc->scheduled_end, err));
    HR_TRY(narrow(&inc->given_initial, &inc->scheduled_start.v, 1, err));
    inc->dedup = false;
    return narrow(&inc->end, &inc->scheduled_end.v, -1, err);
}

static hr_status set_range(hr_incremental *inc, hr_error *err)
{
    const hr_status st = join_scheduler(inc, err);

    return st == HR_OK || st == HR_E_NOMEM
               ? st
               : hr_fail_in(err, st, "resource %s: incremental", inc->resource);
}

hr_status hr_incremental_start_from(const hr_incremental *inc, const hr_cursor *last,
                                    hr_cursor_copy *start, hr_error *err)
{
    if (inc->lag == 0 || inc->end.kind != HR_CURSOR_NONE || last->kind == HR_CURSOR_NONE)
        return keep(start, last, err);
    const hr_status st = hr_cursor_lag(last, &inc->given_initial, inc->lag, inc->sign, start, err);
    return st == HR_OK
               ? st
               : hr_fail_in(err, st, "resource %s, cursor %s", inc->resource, inc->path_text);
}

hr_status hr_incremental_begin(hr_incremental *inc, const hr_state *state, const char *source,
                               bool *more, bool *changed, hr_error *err)
{
    HR_TRY(set_range(inc, err));
    const bool ranged = inc->end.kind != HR_CURSOR_NONE;
    yyjson_mut_val *entry = ranged ? NULL : hr_incremental_entry(inc, state, source);

    *more = false;
    if (changed)
        *changed = false;
    inc->seen.width = HR_ROW_HASH_NOW;
    HR_TRY(keep(&inc->initial, &inc->given_initial, err));
    HR_TRY(keep(&inc->last, &inc->given_initial, err));
    if (yyjson_mut_obj_size(entry) > 0) {
        const hr_status st = from_entry(inc, entry, more, changed, err);
        if (st != HR_OK)
            return hr_fail_in(err, st, "resource %s, cursor %s", inc->resource, inc->path_text);
    }
    return hr_incremental_start_from(inc, &inc->last.v, &inc->start, err);
}

/* ---- where this run stopped ---- */

static hr_status make_member(yyjson_mut_doc *doc, yyjson_mut_val **at, const char *key,
                             hr_error *err)
{
    yyjson_mut_val *inner = hr_json_get(*at, key);

    if (!yyjson_mut_is_obj(inner)) {
        yyjson_mut_val *name = yyjson_mut_strcpy(doc, key);

        (void)yyjson_mut_obj_remove_key(*at, key);
        inner = yyjson_mut_obj(doc);
        if (!name || !inner || !yyjson_mut_obj_add(*at, name, inner))
            return hr_nomem(err);
    }
    *at = inner;
    return HR_OK;
}

static hr_status make_entry(const hr_incremental *inc, hr_state *state, const char *source,
                            yyjson_mut_val **entry, hr_error *err)
{
    yyjson_mut_doc *doc = hr_state_doc(state);

    HR_TRY(hr_state_make_sources(state, entry, err));
    HR_TRY(make_member(doc, entry, source, err));
    HR_TRY(make_member(doc, entry, "resources", err));
    HR_TRY(make_member(doc, entry, inc->resource, err));
    HR_TRY(make_member(doc, entry, "incremental", err));
    return make_member(doc, entry, inc->path_text, err);
}

static bool add_hash(yyjson_mut_doc *doc, yyjson_mut_val *list, const char *text)
{
    return yyjson_mut_arr_append(list, yyjson_mut_strcpy(doc, text));
}

/* Hashes of rows at the last value: those of the state when it has not moved, then the new ones,
 * as far as the state takes them. Rows with one hash count once. */
static hr_status put_hashes(hr_incremental *inc, yyjson_mut_doc *doc, yyjson_mut_val *list,
                            bool moved, hr_error *err)
{
    const size_t width = moved ? HR_ROW_HASH_NOW : inc->seen.width;
    hr_hash_set told = {.width = width};
    const char *stored = inc->stored_hashes.data;
    size_t kept = 0;
    hr_status st = HR_OK;

    for (size_t i = 0; !moved && i < inc->n_stored; i++, stored += strlen(stored) + 1) {
        if (!add_hash(doc, list, stored))
            return hr_nomem(err);
    }
    for (size_t i = 0; i < inc->boundary.n && st == HR_OK; i++) {
        const hr_tied_row row = inc->boundary.rows[i];

        if (hr_hash_set_has(&told, row.hash))
            continue;
        inc->boundary.rows[kept++] = row;
        if (!hr_hash_set_add(&told, row.hash))
            st = hr_nomem(err);
    }
    inc->boundary.n = kept;
    hr_hash_set_release(&told);
    for (size_t i = 0; i < kept && st == HR_OK; i++) {
        char text[HR_ROW_HASH_TEXT];

        inc->first_more = i + 1;
        if (yyjson_mut_arr_size(list) >= HR_STATE_HASHES) {
            inc->first_more = i;
            break;
        }
        hr_row_hash_text(inc->boundary.rows[i].hash, width, text);
        if (!add_hash(doc, list, text))
            st = hr_nomem(err);
    }
    return st;
}

static hr_status put_entry(hr_incremental *inc, hr_json_mdoc *doc, yyjson_mut_val *entry,
                           hr_error *err)
{
    const hr_cursor *from = &inc->last.v;
    const hr_cursor *last = inc->boundary.last.v.kind ? &inc->boundary.last.v : from;
    yyjson_mut_val *hashes = yyjson_mut_arr(doc);
    int order = inc->sign;

    /* The last value never moves back, as it might with a lag. */
    if (from->kind != HR_CURSOR_NONE && last != from) {
        if (!hr_cursor_compare(last, from, &order) || order * inc->sign <= 0)
            last = from;
    } else if (last == from) {
        order = 0;
    }
    const bool moved = order * inc->sign > 0;
    if (order * inc->sign < 0)
        hr_boundary_reset(&inc->boundary); /* its rows are not at the last value */
    inc->stop = last;
    inc->first_more = inc->boundary.n;
    if (inc->dedup)
        HR_TRY(put_hashes(inc, doc, hashes, moved, err));
    if (!hr_json_put(doc, entry, "initial_value", hr_cursor_to_doc(&inc->initial.v, doc)) ||
        !hr_json_put(doc, entry, "last_value", hr_cursor_to_doc(last, doc)) ||
        !hr_json_put(doc, entry, "unique_hashes", hashes))
        return hr_nomem(err);
    const bool passed = inc->rows_in > inc->rows_left_out;
    if ((passed || !hr_json_get(entry, "start_value")) &&
        !hr_json_put(doc, entry, "start_value", hr_cursor_to_doc(from, doc)))
        return hr_nomem(err);
    if (hr_incremental_n_more(inc) || (inc->overflowed && !moved))
        return hr_json_put(doc, entry, more_member, hr_cursor_to_doc(last, doc)) ? HR_OK
                                                                                 : hr_nomem(err);
    (void)yyjson_mut_obj_remove_key(entry, more_member);
    return HR_OK;
}

hr_status hr_incremental_finish(hr_incremental *inc, hr_state *state, const char *source,
                                hr_error *err)
{
    yyjson_mut_val *entry = NULL;

    if (inc->end.kind != HR_CURSOR_NONE) {
        inc->stop = inc->boundary.last.v.kind == HR_CURSOR_NONE ? NULL : &inc->boundary.last.v;
        return HR_OK;
    }
    hr_boundary_sort(&inc->boundary);
    HR_TRY(make_entry(inc, state, source, &entry, err));
    HR_TRY(put_entry(inc, hr_state_doc(state), entry, err));
    return inc->parents ? hr_parents_finish(inc, hr_state_doc(state), entry, err) : HR_OK;
}

const hr_cursor *hr_incremental_stop(const hr_incremental *inc)
{
    return inc->stop ? inc->stop : &inc->last.v;
}

size_t hr_incremental_n_more(const hr_incremental *inc)
{
    return inc->boundary.n > inc->first_more ? inc->boundary.n - inc->first_more : 0;
}

void hr_incremental_more(const hr_incremental *inc, size_t i, char out[HR_ROW_HASH_TEXT])
{
    hr_row_hash_text(inc->boundary.rows[inc->first_more + i].hash, HR_ROW_HASH_NOW, out);
}
