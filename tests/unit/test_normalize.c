/* Same input, same output: whatever the number of workers, the pages and the flushes, the schema,
 * its columns in their order, and the rows are those of one worker with one page. */
#include "support.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "extract/pager.h"
#include "headrace/headrace.h"
#include "normalize/normalize.h"
#include "support/package_rows.h"

/* ---- pages of a text ---- */

typedef struct text_source {
    hr_pager pager;
    hr_str text;
    size_t pos;
    const hr_str *more; /* further inputs */
    size_t n_more;
} text_source;

static hr_status read_text(void *self, char *buf, size_t cap, size_t *n, hr_error *err)
{
    text_source *s = self;

    (void)err;
    *n = s->text.n - s->pos < cap ? s->text.n - s->pos : cap;
    if (*n)
        memcpy(buf, s->text.p + s->pos, *n);
    s->pos += *n;
    return HR_OK;
}

static void begin_input(text_source *s, hr_str text)
{
    s->text = text;
    s->pos = 0;
    hr_pager_begin(&s->pager, (hr_byte_source){.self = s, .read = read_text}, "in");
}

static hr_status next_page(void *self, hr_page *out, hr_error *err)
{
    text_source *s = self;

    HR_TRY(hr_pager_next(&s->pager, out, err));
    while (!out->data && s->n_more) {
        begin_input(s, *s->more++);
        s->n_more--;
        HR_TRY(hr_pager_next(&s->pager, out, err));
    }
    return HR_OK;
}

/* ---- one run ---- */

typedef struct plan {
    unsigned workers;
    size_t page_bytes;
    size_t flush_bytes;
    hr_shred_options shred;
    const char *stored;  /* what an earlier load brought; NULL: nothing */
    const hr_step *step; /* NULL: none */
} plan;

typedef struct outcome {
    hr_status status;
    hr_error err;
    hr_buf schema;
    hr_buf rows;
    hr_normalize_result result;
} outcome;

static char *folder;

static void release_outcome(outcome *o)
{
    hr_buf_release(&o->schema);
    hr_buf_release(&o->rows);
    hr_normalize_result_release(&o->result);
}

static hr_status normalize(const plan *how, const hr_str *inputs, size_t n_inputs,
                           hr_schema *schema, hr_package *package, outcome *o)
{
    text_source source = {.more = inputs + 1, .n_more = n_inputs - 1};
    hr_page_source pages = {.self = &source, .next = next_page, .rereadable = true};
    atomic_bool cancelled = false;
    hr_normalize_progress progress = {0};
    const hr_normalize_job job = {.source = &pages,
                                  .table = HR_STR("t"),
                                  .schema = schema,
                                  .package = package,
                                  .shred = how->shred,
                                  .steps = how->step,
                                  .n_steps = how->step != NULL,
                                  .naming = {.max_length = 30},
                                  .workers = how->workers,
                                  .queue_bytes = 8 * how->page_bytes,
                                  .flush_bytes = how->flush_bytes,
                                  .cancelled = &cancelled,
                                  .progress = &progress};

    hr_pager_init(&source.pager, how->page_bytes, (size_t)1 << 20);
    begin_input(&source, inputs[0]);
    const hr_status st = hr_normalize_pages(&job, &o->result, &o->err);
    hr_pager_release(&source.pager);
    if (st == HR_OK) {
        assert_int_equal(progress.rows, o->result.rows);
        assert_int_equal(progress.bytes, o->result.bytes);
    }
    return st;
}

static void load_stored(const plan *how, hr_schema *schema, hr_error *err)
{
    const hr_str text = hr_str_from(how->stored);
    const plan alone = {
        .workers = 1, .page_bytes = 1 << 20, .flush_bytes = 1 << 20, .shred = how->shred};
    hr_package *package = NULL;
    outcome o = {0};

    assert_hr_ok(hr_package_begin(&package, folder, "1.0", true, "[]", err), err, "begin");
    assert_hr_ok(normalize(&alone, &text, 1, schema, package, &o), &o.err, "stored");
    hr_package_free(package);
    assert_hr_ok(hr_package_discard(folder, "1.0", err), err, "discard");
    release_outcome(&o);
}

static void run(const plan *how, const hr_str *inputs, size_t n_inputs, outcome *o)
{
    hr_schema *schema = NULL;
    hr_package *package = NULL;
    hr_table *t = NULL;

    *o = (outcome){0};
    assert_hr_ok(hr_schema_new(&schema, "s", &o->err), &o->err, "schema");
    assert_hr_ok(hr_schema_add_table(schema, HR_STR("t"), (hr_str){0}, "t", "append", &t, &o->err),
                 &o->err, "root");
    if (how->stored)
        load_stored(how, schema, &o->err);
    assert_hr_ok(hr_package_begin(&package, folder, "2.0", true, "[]", &o->err), &o->err, "begin");
    o->status = normalize(how, inputs, n_inputs, schema, package, o);
    if (o->status == HR_OK) {
        assert_hr_ok(hr_schema_write(schema, &o->schema, &o->err), &o->err, "write");
        assert_hr_ok(test_package_rows(package, schema, &o->rows, &o->err), &o->err, "rows");
    }
    hr_package_free(package);
    hr_schema_free(schema);
    assert_hr_ok(hr_package_discard(folder, "2.0", &o->err), &o->err, "discard");
}

static void assert_same(const outcome *got, const outcome *want, const char *label)
{
    if (got->status != want->status)
        fail_msg("%s: status %d (%s), want %d (%s)", label, (int)got->status, got->err.msg,
                 (int)want->status, want->err.msg);
    assert_str_equal(hr_buf_str(&got->schema), hr_buf_str(&want->schema), label);
    assert_str_equal(hr_buf_str(&got->rows), hr_buf_str(&want->rows), label);
    assert_int_equal(got->result.rows, want->result.rows);
    assert_int_equal(got->result.values_loaded, want->result.values_loaded);
    assert_int_equal(got->result.tally.items, want->result.tally.items);
    assert_int_equal(got->result.tally.values, want->result.tally.values);
    for (int i = 0; i < HR_N_DISCARDS; i++)
        assert_int_equal(got->result.tally.discarded[i], want->result.tally.discarded[i]);
}

static const unsigned worker_counts[] = {1, 2, 3, 8};
static const size_t page_sizes[] = {64, 200, 1000, 1 << 16};
static const size_t flush_sizes[] = {1, 2000, 1 << 20};

/* Every way to do it against one worker with one page. */
static void assert_independent(const char *label, hr_shred_options shred, const char *stored,
                               const hr_str *inputs, size_t n_inputs, uint64_t *redone)
{
    plan how = {.workers = 1,
                .page_bytes = 1 << 20,
                .flush_bytes = 1 << 22,
                .shred = shred,
                .stored = stored};
    outcome want;

    run(&how, inputs, n_inputs, &want);
    if (want.status == HR_OK)
        assert_int_equal(want.result.tally.values,
                         want.result.values_loaded +
                             want.result.tally.discarded[HR_DISCARD_SYSTEM_KEY] +
                             want.result.tally.discarded[HR_DISCARD_DUPLICATE_KEY]);
    for (size_t w = 0; w < N_OF(worker_counts); w++) {
        for (size_t p = 0; p < N_OF(page_sizes); p++) {
            char text[128];
            outcome got;

            how.workers = worker_counts[w];
            how.page_bytes = page_sizes[p];
            how.flush_bytes = flush_sizes[(w + p) % N_OF(flush_sizes)];
            (void)snprintf(text, sizeof(text), "%s: %u workers, pages of %zu", label, how.workers,
                           how.page_bytes);
            run(&how, inputs, n_inputs, &got);
            assert_same(&got, &want, text);
            *redone += got.result.redone;
            release_outcome(&got);
        }
    }
    release_outcome(&want);
}

/* ---- inputs ---- */

static uint32_t dice(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525U + 1013904223U;
    return (*seed >> 8) % n;
}

static void random_scalar(uint32_t *seed, hr_buf *out)
{
    static const char *const scalars[] = {
        "null",
        "1",
        "-7",
        "2.5",
        "true",
        "\"text\"",
        "\"2024-01-01T00:00:00Z\"",
        "\"\"",
        "1e3",
        "\"12\"",
        "false",
        "0",
        "18446744073709551616",
        "9007199254740993",
    };

    hr_buf_addz(out, scalars[dice(seed, N_OF(scalars))]);
}

static void random_value(uint32_t *seed, int depth, hr_buf *out);

/* Keys of one object are distinct; c0.. hold anything, and k0.. one kind each, so that the same
 * keys come with changing types as well as without. */
static void random_members(uint32_t *seed, int depth, hr_buf *out)
{
    const uint32_t first = dice(seed, 7);
    const uint32_t n = dice(seed, 4);

    for (uint32_t i = 0; i < n; i++) {
        hr_buf_addf(out, ",\"c%u\":", (unsigned)(first + i));
        random_value(seed, depth, out);
    }
    if (dice(seed, 3) == 0)
        hr_buf_addf(out, ",\"k%u\":%u", (unsigned)dice(seed, 20), (unsigned)dice(seed, 1000));
}

static void random_value(uint32_t *seed, int depth, hr_buf *out)
{
    const uint32_t what = depth ? dice(seed, 5) : 0;

    if (what == 1) {
        hr_buf_addz(out, "{\"x\":1");
        random_members(seed, depth - 1, out);
        hr_buf_addc(out, '}');
    } else if (what == 2) {
        hr_buf_addc(out, '[');
        for (uint32_t i = 0, n = dice(seed, 3); i < n; i++) {
            hr_buf_addz(out, i ? "," : "");
            random_value(seed, depth - 1, out);
        }
        hr_buf_addc(out, ']');
    } else {
        random_scalar(seed, out);
    }
}

static void random_rows(uint32_t seed, int n, hr_buf *out)
{
    for (int i = 0; i < n; i++) {
        hr_buf_addf(out, "{\"id\":%d", i);
        random_members(&seed, 3, out);
        hr_buf_addz(out, "}\n");
    }
}

/* ---- tests ---- */

static int set_up(void **state)
{
    (void)state;
    folder = test_folder();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_folder_remove(folder);
    return 0;
}

static const struct option_case {
    const char *label;
    hr_shred_options options;
    const char *stored;
} option_cases[] = {
    {"plain", {.max_nesting = 1000}, NULL},
    {"last wins", {.max_nesting = 1000, .last_wins = true}, NULL},
    {"no nesting", {.max_nesting = 0}, NULL},
    {"some nesting", {.max_nesting = 2}, NULL},
    {"after another load",
     {.max_nesting = 1000},
     "{\"id\":-1,\"c1\":\"s\",\"c2\":[1],\"c3\":{\"x\":2.5,\"c4\":true}}"},
    {"widened", {.max_nesting = 1000, .widen = true}, NULL},
    {"widened, some nesting", {.max_nesting = 2, .widen = true}, NULL},
};

static void random_rows_give_the_same(void **state)
{
    uint64_t redone = 0;

    (void)state;
    for (uint32_t seed = 1; seed <= 8; seed++) {
        for (size_t i = 0; i < N_OF(option_cases); i++) {
            const struct option_case *c = &option_cases[i];
            hr_buf text = {0};
            char label[64];

            random_rows(seed, 60, &text);
            (void)snprintf(label, sizeof(label), "%s, seed %u", c->label, (unsigned)seed);
            assert_independent(label, c->options, c->stored, &(hr_str){text.data, text.len}, 1,
                               &redone);
            hr_buf_release(&text);
        }
    }
    assert_true(redone > 0); /* pages did conflict */
}

/* The key of a page is of another type in the next: each but the first must be done again when
 * they are worked on side by side. */
static void every_page_conflicts(void **state)
{
    static const char *const values[] = {"1", "\"x\"", "2.5", "true", "[1]", "{\"y\":1}"};
    hr_buf text = {0};
    uint64_t redone = 0;

    (void)state;
    for (int i = 0; i < 120; i++)
        hr_buf_addf(&text, "{\"id\":%d,\"v%d\":%s,\"pad\":\"%.*s\"}\n", i, i / 6,
                    values[(i * 5 + i / 6) % 6], 60,
                    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklm");
    assert_independent("variants", (hr_shred_options){.max_nesting = 1000}, NULL,
                       &(hr_str){text.data, text.len}, 1, &redone);
    assert_true(redone > 0);
    hr_buf_release(&text);
}

static void inputs_of_all_shapes_give_the_same(void **state)
{
    static const hr_str inputs[] = {
        HR_STR_INIT("[{\"id\":1,\"a\":[1,2]},{\"id\":2,\"b\":{\"c\":\"x\"}},\n{\"id\":3}]"),
        HR_STR_INIT(""),
        HR_STR_INIT("{\"id\":4,\"a\":\"s\"}\n\n{\"id\":5,\"a\":[[{\"d\":1}]]}"),
        HR_STR_INIT("  [ ]  "),
        HR_STR_INIT("{\"id\":6,\"a\":1.5,\"_dlt_id\":\"x\",\"_dlt_load_id\":null}"),
    };
    uint64_t redone = 0;

    (void)state;
    assert_independent("several inputs", (hr_shred_options){.max_nesting = 1000}, NULL, inputs,
                       N_OF(inputs), &redone);
}

static const struct refused_case {
    const char *label;
    const char *bad; /* the row that is refused */
    int at;          /* its number */
    size_t byte;     /* of the key in it */
    const char *want;
} refused_cases[] = {
    {"a duplicate key", "{\"id\":40,\"z\":1,\"z\":2}\n", 40, 16, "key \"z\" comes twice"},
    {"two faults, the first is told", "{\"id\":40,\"z\":1,\"Z\":2}\n", 40, 16, "both become \"z\""},
};

static void the_first_refusal_is_told_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(refused_cases); i++) {
        const struct refused_case *c = &refused_cases[i];
        hr_buf text = {0};
        char want[64];
        size_t at = 0;

        for (int row = 1; row <= 80; row++) {
            if (row == c->at)
                at = text.len;
            if (row == c->at || row == 70)
                hr_buf_addz(&text, c->bad);
            else
                hr_buf_addf(&text, "{\"id\":%d,\"c%d\":1,\"p\":[{\"l\":[%d]}]}\n", row, row, row);
        }
        (void)snprintf(want, sizeof(want), "in: row %d (line %d, byte %zu)", c->at, c->at,
                       at + c->byte);
        for (size_t k = 0; k < N_OF(worker_counts) * N_OF(page_sizes); k++) {
            const plan how = {.workers = worker_counts[k % 4],
                              .page_bytes = page_sizes[k / 4],
                              .flush_bytes = 1 << 20,
                              .shred = {.max_nesting = 1000}};
            outcome o;

            run(&how, &(hr_str){text.data, text.len}, 1, &o);
            assert_int_equal(o.status, HR_E_SCHEMA);
            if (!strstr(o.err.msg, c->want) || strncmp(o.err.msg, want, strlen(want)) != 0)
                fail_msg("%s: %u workers, pages of %zu: got \"%s\", want \"%s...%s\"", c->label,
                         how.workers, how.page_bytes, o.err.msg, want, c->want);
            release_outcome(&o);
        }
        hr_buf_release(&text);
    }
}

static void syntax_errors_are_told_with_their_place(void **state)
{
    hr_buf text = {0};
    char want[64];

    (void)state;
    for (int row = 1; row <= 60; row++)
        hr_buf_addf(&text, "{\"id\":%d,\"c%d\":1}\n", row, row);
    (void)snprintf(want, sizeof(want), "in: line 61, byte %zu: ", text.len + 6);
    hr_buf_addz(&text, "{\"id\":x}\n{\"id\":62}\n");
    for (size_t k = 0; k < N_OF(worker_counts) * N_OF(page_sizes); k++) {
        const plan how = {.workers = worker_counts[k % 4],
                          .page_bytes = page_sizes[k / 4],
                          .flush_bytes = 1 << 20,
                          .shred = {.max_nesting = 1000}};
        outcome o;

        run(&how, &(hr_str){text.data, text.len}, 1, &o);
        assert_int_equal(o.status, HR_E_PARSE);
        if (strncmp(o.err.msg, want, strlen(want)) != 0)
            fail_msg("%u workers, pages of %zu: got \"%s\", want \"%s\"", how.workers,
                     how.page_bytes, o.err.msg, want);
        release_outcome(&o);
    }
    hr_buf_release(&text);
}

static hr_status failing_next(void *self, hr_page *out, hr_error *err)
{
    (void)self;
    *out = (hr_page){0};
    return hr_fail(err, HR_E_IO, "the source broke");
}

static void a_broken_source_ends_the_run(void **state)
{
    hr_page_source pages = {.next = failing_next};
    atomic_bool cancelled = false;
    hr_normalize_progress progress = {0};
    hr_schema *schema = NULL;
    hr_package *package = NULL;
    hr_table *t = NULL;
    hr_normalize_result result;
    hr_error err;

    (void)state;
    assert_hr_ok(hr_schema_new(&schema, "s", &err), &err, "schema");
    assert_hr_ok(hr_schema_add_table(schema, HR_STR("t"), (hr_str){0}, "t", "append", &t, &err),
                 &err, "root");
    assert_hr_ok(hr_package_begin(&package, folder, "2.0", true, "[]", &err), &err, "begin");
    hr_normalize_job job = {.source = &pages,
                            .table = HR_STR("t"),
                            .schema = schema,
                            .package = package,
                            .shred = {.max_nesting = 1000},
                            .workers = 3,
                            .queue_bytes = SIZE_MAX,
                            .flush_bytes = 1,
                            .cancelled = &cancelled,
                            .progress = &progress};
    assert_int_equal(hr_normalize_pages(&job, &result, &err), HR_E_IO);
    assert_string_equal(err.msg, "the source broke");
    atomic_store(&cancelled, true);
    assert_int_equal(hr_normalize_pages(&job, &result, &err), HR_E_CANCELLED);
    hr_package_free(package);
    hr_schema_free(schema);
}

/* ---- steps ---- */

/* Drops items with an odd "n", and ends the input at the page in which one has "end". What it saw
 * of pages that were kept is summed up. */
typedef struct sieve {
    _Atomic uint64_t sum;
    _Atomic int open;
} sieve;

typedef struct sieve_worker {
    sieve *all;
    uint64_t kept, of_page;
    bool end;
} sieve_worker;

static hr_status open_sieve(void *self, void **instance, hr_error *err)
{
    sieve_worker *w = hr_calloc(1, sizeof(*w));

    if (!w)
        return hr_nomem(err);
    w->all = self;
    w->all->open++;
    *instance = w;
    return HR_OK;
}

static hr_status begin_sieve(void *instance, uint64_t page, uint64_t parent, hr_error *err)
{
    sieve_worker *w = instance;

    (void)page;
    (void)parent;
    (void)err;
    w->of_page = 0;
    w->end = false;
    return HR_OK;
}

static hr_status sieve_item(void *instance, yyjson_val **item, hr_error *err)
{
    sieve_worker *w = instance;
    const uint64_t n = yyjson_get_uint(yyjson_obj_get(*item, "n"));

    if (yyjson_obj_get(*item, "refused"))
        return hr_fail(err, HR_E_SCHEMA, "the step refuses it");
    w->end = w->end || yyjson_obj_get(*item, "end");
    w->of_page += n;
    if (n % 2)
        *item = NULL;
    return HR_OK;
}

static bool sieve_ends(void *instance)
{
    const sieve_worker *w = instance;

    return w->end;
}

static hr_status keep_sieve(void *instance, hr_error *err)
{
    sieve_worker *w = instance;

    (void)err;
    w->kept += w->of_page;
    return HR_OK;
}

static hr_status close_sieve(void *instance, bool failed, hr_error *err)
{
    sieve_worker *w = instance;

    (void)err;
    w->all->sum += failed ? 0 : w->kept;
    w->all->open--;
    hr_free(w);
    return HR_OK;
}

static void steps_see_each_page_once_and_may_end_the_input(void **state)
{
    static const char text[] = "{\"n\":1}\n{\"n\":2,\"a\":1}\n{\"n\":3}\n{\"n\":4,\"a\":\"x\"}\n"
                               "{\"n\":6,\"end\":true,\"b\":2}\n{\"n\":8,\"c\":1}\n{\"n\":10}\n";
    sieve s = {0};
    const hr_step step = {.self = &s,
                          .open = open_sieve,
                          .begin_page = begin_sieve,
                          .item = sieve_item,
                          .is_last_page = sieve_ends,
                          .keep_page = keep_sieve,
                          .close = close_sieve};
    const hr_str input = hr_str_from(text);
    plan how = {.page_bytes = 8, .flush_bytes = 1, .shred = {.max_nesting = 1000}, .step = &step};
    outcome o;

    (void)state;
    for (how.workers = 1; how.workers <= 4; how.workers++) {
        s.sum = 0;
        run(&how, &input, 1, &o);
        assert_hr_ok(o.status, &o.err, "steps");
        assert_int_equal(o.result.rows, 3);
        assert_int_equal(s.sum, 16);
        assert_int_equal(s.open, 0);
        assert_null(strstr(o.schema.data, "\"c\""));
        release_outcome(&o);
    }
    const hr_str bad = HR_STR("{\"n\":1}\n{\"n\":2,\"refused\":1}\n");
    how.workers = 2;
    run(&how, &bad, 1, &o);
    assert_int_equal(o.status, HR_E_SCHEMA);
    assert_string_equal(o.err.msg, "in: row 2 (line 2, byte 8): the step refuses it");
    assert_int_equal(s.open, 0);
    release_outcome(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_rows_give_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_page_conflicts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(inputs_of_all_shapes_give_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_first_refusal_is_told_with_its_place, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(syntax_errors_are_told_with_their_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_broken_source_ends_the_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(steps_see_each_page_once_and_may_end_the_input, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
