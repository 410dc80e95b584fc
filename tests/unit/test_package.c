/* Load packages: what is written is read back, by the table's columns as they are then, and
 * damage of any kind is told. */
#include "support.h"

#include <nanoarrow/nanoarrow.h>
#include <stdlib.h>
#include <unistd.h>

#include "arrow/builder.h"
#include "base/file.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "package/conform.h"
#include "package/package_int.h"
#include "support/package_rows.h"
#include "value/convert.h"

static char *folder;
static hr_error err;

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

/* ---- a table with a column of each type ---- */

static const hr_type all_types[] = {
    HR_TYPE_TEXT,    HR_TYPE_DOUBLE, HR_TYPE_BOOL, HR_TYPE_TIMESTAMP, HR_TYPE_BIGINT, HR_TYPE_JSON,
    HR_TYPE_DECIMAL, HR_TYPE_WEI,    HR_TYPE_DATE, HR_TYPE_TIME,      HR_TYPE_BINARY,
};

static hr_arrow_field field_of(hr_type type)
{
    return (hr_arrow_field){.name = hr_str_from(hr_type_name(type)),
                            .type = type,
                            .precision = type == HR_TYPE_DECIMAL ? 38 : -1,
                            .scale = type == HR_TYPE_DECIMAL ? 2 : -1};
}

static bool put_value(hr_builder *b, int64_t row, int64_t n)
{
    char text[32];
    const hr_int128 dec = (hr_int128)n * 1000000000000 - 7;

    switch (b->type) {
    case HR_TYPE_DOUBLE:
        return hr_builder_put_double(b, row, (double)n / 4);
    case HR_TYPE_BOOL:
        return hr_builder_put_bool(b, row, n % 2);
    case HR_TYPE_DATE:
        return hr_builder_put_fixed(b, row, &(int32_t){(int32_t)n});
    case HR_TYPE_DECIMAL:
    case HR_TYPE_WEI:
        return hr_builder_put_fixed(b, row, &dec);
    case HR_TYPE_TEXT:
    case HR_TYPE_JSON:
    case HR_TYPE_BINARY:
        (void)snprintf(text, sizeof(text), "%lld%.*s", (long long)n, (int)(n % 9), "abcdefghi");
        return hr_builder_put_bytes(b, row, hr_str_from(text));
    default:
        return hr_builder_put_i64(b, row, n * 1000);
    }
}

static hr_batch_column column_of(hr_builder *b, int64_t rows, hr_arrow_field field)
{
    assert_true(hr_builder_pad(b, rows));
    const bool bytes = b->width == HR_WIDTH_BYTES;
    return (hr_batch_column){.field = field,
                             .n_null = b->n - b->n_valid,
                             .validity = b->validity,
                             .offsets = bytes ? b->offsets : NULL,
                             .data = b->values,
                             .data_bytes = bytes      ? b->bytes_len
                                           : b->width ? (size_t)rows * b->width
                                                      : (size_t)(rows + 7) / 8};
}

/* A batch of `rows` rows of the types that `which` has bits for; values count up from `first`,
 * every `null_every`th is null. Column "id" numbers the rows. */
static void write_batch(hr_package_writer *w, const char *table, unsigned which, int64_t first,
                        int64_t rows, int64_t null_every)
{
    hr_builder builders[N_OF(all_types) + 1];
    hr_batch_column columns[N_OF(all_types) + 1];
    size_t n = 1;

    hr_builder_init(&builders[0], HR_TYPE_BIGINT);
    for (int64_t row = 0; row < rows; row++)
        assert_true(hr_builder_put_i64(&builders[0], row, first + row));
    columns[0] =
        column_of(&builders[0], rows,
                  (hr_arrow_field){
                      .name = HR_STR("id"), .type = HR_TYPE_BIGINT, .precision = -1, .scale = -1});
    for (size_t i = 0; i < N_OF(all_types); i++) {
        if (!(which >> i & 1))
            continue;
        hr_builder_init(&builders[n], all_types[i]);
        for (int64_t row = 0; row < rows; row++) {
            if (!null_every || (first + row) % null_every)
                assert_true(put_value(&builders[n], row, first + row));
        }
        columns[n] = column_of(&builders[n], rows, field_of(all_types[i]));
        n++;
    }
    assert_hr_ok(hr_package_write(w, &(hr_batch){hr_str_from(table), rows, columns, n}, &err), &err,
                 "write");
    for (size_t i = 0; i < n; i++)
        hr_builder_release(&builders[i]);
}

/* The lines that test_package_rows gives for the same. */
static void expect_rows(hr_buf *out, const char *table, unsigned which, int64_t first, int64_t rows,
                        int64_t null_every)
{
    for (int64_t n = first; n < first + rows; n++) {
        hr_buf_addf(out, "%s %lld: id=%lld", table, (long long)n, (long long)n);
        for (size_t i = 0; i < N_OF(all_types); i++) {
            const hr_type type = all_types[i];

            if (!(which >> i & 1) || (null_every && n % null_every == 0))
                continue;
            hr_buf_addf(out, " %s=", hr_type_name(type));
            switch (type) {
            case HR_TYPE_DOUBLE:
                hr_text_of_double((double)n / 4, out);
                break;
            case HR_TYPE_BOOL:
                hr_buf_addz(out, n % 2 ? "true" : "false");
                break;
            case HR_TYPE_DATE:
                hr_buf_addf(out, "day %lld", (long long)n);
                break;
            case HR_TYPE_DECIMAL:
            case HR_TYPE_WEI:
                hr_text_of_decimal((hr_int128)n * 1000000000000 - 7, type == HR_TYPE_WEI ? 0 : 2,
                                   out);
                break;
            case HR_TYPE_TEXT:
            case HR_TYPE_JSON:
            case HR_TYPE_BINARY:
                hr_buf_addf(out, "'%lld%.*s'", (long long)n, (int)(n % 9), "abcdefghi");
                break;
            default:
                hr_buf_addf(out, "%s%lld", type == HR_TYPE_BIGINT ? "" : "@", (long long)n * 1000);
                break;
            }
        }
        hr_buf_addc(out, '\n');
    }
}

static hr_schema *schema_for(const char *const *tables, size_t n)
{
    hr_schema *s = NULL;

    assert_hr_ok(hr_schema_new(&s, "s", &err), &err, "schema");
    for (size_t i = 0; i < n; i++) {
        hr_table *t = NULL;
        hr_column_spec id = {.name = HR_STR("id"), .type = HR_TYPE_BIGINT};

        assert_hr_ok(hr_schema_add_table(s, hr_str_from(tables[i]), (hr_str){0}, tables[i],
                                         "append", &t, &err),
                     &err, "table");
        assert_hr_ok(hr_table_add_column(s, t, &id, NULL, &err), &err, "id");
        for (size_t k = 0; k < N_OF(all_types); k++) {
            const hr_arrow_field f = field_of(all_types[k]);
            const hr_column_spec spec = {.name = f.name,
                                         .type = f.type,
                                         .has_precision = f.precision >= 0,
                                         .has_scale = f.scale >= 0,
                                         .precision = f.precision,
                                         .scale = f.scale};

            assert_hr_ok(hr_table_add_column(s, t, &spec, NULL, &err), &err, "column");
        }
    }
    return s;
}

static hr_package *begin(const char *load_id)
{
    hr_package *p = NULL;

    assert_hr_ok(hr_package_begin(&p, folder, load_id, true, "[\"t\"]", &err), &err, "begin");
    return p;
}

static void finish(hr_package_writer *w)
{
    assert_hr_ok(hr_package_writer_finish(w, &err), &err, "finish");
    hr_package_writer_free(w);
}

/* Sealed and opened anew. */
static hr_package *reopened(hr_package *p, const hr_schema *s)
{
    hr_buf json = {0};
    char load_id[24];

    assert_hr_ok(hr_schema_write(s, &json, &err), &err, "schema");
    p->schema = hr_buf_take(&json);
    p->replaced = hr_strdup("[\"t\"]");
    memcpy(load_id, p->load_id, sizeof(load_id));
    assert_hr_ok(hr_package_seal(p, &err), &err, "seal");
    hr_package_free(p);
    p = NULL;
    assert_hr_ok(hr_package_open(&p, folder, load_id, &err), &err, "open");
    return p;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_lines(hr_buf *text)
{
    char **lines = calloc(text->len + 1, sizeof(*lines));
    hr_buf sorted = {0};
    size_t n = 0;

    for (char *at = text->data; at && *at; at = strchr(at, '\n') + 1)
        lines[n++] = strndup(at, (size_t)(strchr(at, '\n') - at) + 1);
    qsort(lines, n, sizeof(*lines), by_text);
    for (size_t i = 0; i < n; i++) {
        hr_buf_addz(&sorted, lines[i]);
        free(lines[i]);
    }
    free(lines);
    hr_buf_release(text);
    *text = sorted;
}

static void assert_rows(const hr_package *p, const hr_schema *s, hr_buf *want, const char *label)
{
    hr_buf got = {0};

    sort_lines(want);
    assert_hr_ok(test_package_rows(p, s, &got, &err), &err, label);
    assert_str_equal(hr_buf_str(&got), hr_buf_str(want), label);
    hr_buf_release(&got);
    hr_buf_release(want);
}

/* ---- there and back ---- */

static const struct batch_case {
    const char *label;
    struct {
        unsigned which;
        int64_t rows, null_every;
    } batches[4];
} batch_cases[] = {
    {"all types", {{0x7ff, 100, 0}}},
    {"with nulls", {{0x7ff, 100, 3}}},
    {"one row", {{0x7ff, 1, 0}}},
    {"a null row", {{0x7ff, 1, 1}}},
    {"several batches", {{0x7ff, 10, 0}, {0x7ff, 65, 2}, {0x7ff, 1, 0}}},
    {"columns come and go", {{0x003, 10, 0}, {0x7fc, 20, 2}, {0x000, 5, 0}, {0x7ff, 3, 0}}},
    {"each type by itself", {{0x001, 9, 2}, {0x010, 9, 2}, {0x040, 9, 2}, {0x004, 9, 2}}},
};

static void what_is_written_is_read(void **state)
{
    static const char *const tables[] = {"t", "u"};
    hr_schema *s = schema_for(tables, N_OF(tables));

    (void)state;
    for (size_t i = 0; i < N_OF(batch_cases); i++) {
        const struct batch_case *c = &batch_cases[i];
        hr_package *p = begin("1.5");
        hr_package_writer *w = NULL;
        hr_buf want = {0};
        int64_t first = 0;

        assert_hr_ok(hr_package_writer_new(&w, p, &err), &err, "writer");
        for (size_t k = 0; k < 4 && c->batches[k].rows; k++) {
            for (size_t t = 0; t < N_OF(tables); t++) {
                write_batch(w, tables[t], c->batches[k].which, first, c->batches[k].rows,
                            c->batches[k].null_every);
                expect_rows(&want, tables[t], c->batches[k].which, first, c->batches[k].rows,
                            c->batches[k].null_every);
            }
            first += c->batches[k].rows;
        }
        finish(w);
        p = reopened(p, s);
        assert_int_equal(hr_package_rows(p, HR_STR("t")), first);
        assert_int_equal(hr_package_rows(p, HR_STR("none")), 0);
        assert_rows(p, s, &want, c->label);
        hr_package_free(p);
        assert_hr_ok(hr_package_discard(folder, "1.5", &err), &err, "discard");
    }
    hr_schema_free(s);
}

/* Columns that no batch has are left out of the reader's schema; those that some batch lacks are
 * null there, and _dlt_load_id, which no package holds, never comes. */
static void only_columns_with_values_are_read(void **state)
{
    static const char *const tables[] = {"t"};
    hr_schema *s = schema_for(tables, 1);
    hr_package *p = begin("1.5");
    hr_package_writer *w = NULL;
    hr_package_reader *r = NULL;
    struct ArrowArray a = {0};

    (void)state;
    assert_hr_ok(hr_package_writer_new(&w, p, &err), &err, "writer");
    write_batch(w, "t", 0x011, 0, 10, 0);
    write_batch(w, "t", 0x001, 10, 5, 0);
    finish(w);
    p = reopened(p, s);
    assert_hr_ok(hr_package_reader_new(&r, p, hr_schema_table(s, HR_STR("t")), &err), &err, "read");
    const hr_batches *b = hr_package_reader_batches(r);
    assert_int_equal(b->rows, 15);
    assert_int_equal(b->schema->n_children, 3);
    assert_string_equal(b->schema->children[0]->name, "id");
    assert_string_equal(b->schema->children[1]->name, "text");
    assert_string_equal(b->schema->children[2]->name, "bigint");
    for (int64_t rows = 0; rows < 15; rows += a.length) {
        if (a.release)
            a.release(&a);
        assert_hr_ok(b->next(b->self, &a, &err), &err, "next");
        assert_int_equal(a.n_children, 3);
        assert_int_equal(a.children[2]->null_count == a.length, a.length == 5);
        if (rows + a.length == 15)
            break;
    }
    a.release(&a);
    for (int i = 0; i < 3; i++) {
        assert_hr_ok(b->next(b->self, &a, &err), &err, "after the end");
        assert_null(a.release);
    }
    hr_package_reader_free(r);
    hr_package_free(p);
    hr_schema_free(s);
}

static void batches_with_the_same_columns_share_a_file(void **state)
{
    hr_package *p = begin("1.5");
    hr_package_writer *w = NULL;

    (void)state;
    assert_hr_ok(hr_package_writer_new(&w, p, &err), &err, "writer");
    write_batch(w, "t", 0x001, 0, 10, 0);
    write_batch(w, "t", 0x001, 10, 10, 0);
    assert_int_equal(p->n_files, 1);
    assert_int_equal(p->files[0]->n_batches, 2);
    write_batch(w, "u", 0x001, 0, 10, 0);
    write_batch(w, "t", 0x003, 20, 10, 0);
    write_batch(w, "t", 0x001, 20, 10, 0);
    assert_int_equal(p->n_files, 4);
    assert_string_equal(p->files[3]->name, "0004.arrow");
    finish(w);
    hr_package_free(p);
}

/* Any Arrow library must open the files: magic at both ends, and the length of what is between. */
static void files_are_arrow_ipc_files(void **state)
{
    hr_package *p = begin("1.5");
    hr_package_writer *w = NULL;
    hr_buf bytes = {0};

    (void)state;
    assert_hr_ok(hr_package_writer_new(&w, p, &err), &err, "writer");
    write_batch(w, "t", 0x7ff, 0, 10, 3);
    finish(w);
    char *path = hr_path_join(p->dir, p->files[0]->name);
    assert_hr_ok(hr_read_file(path, &bytes, &err), &err, "read");
    assert_int_equal(bytes.len, p->files[0]->bytes);
    assert_memory_equal(bytes.data, "ARROW1\0\0", 8);
    assert_memory_equal(bytes.data + bytes.len - 6, "ARROW1", 6);
    assert_true(p->files[0]->batches[0].offset % 8 == 0);
    hr_free(path);
    hr_buf_release(&bytes);
    hr_package_free(p);
}

/* ---- damage ---- */

/* A package with one file of one batch; its path. */
static hr_package *small_package(hr_schema *s, char **path)
{
    hr_package *p = begin("1.5");
    hr_package_writer *w = NULL;

    assert_hr_ok(hr_package_writer_new(&w, p, &err), &err, "writer");
    write_batch(w, "t", 0x7ff, 0, 20, 3);
    finish(w);
    p = reopened(p, s);
    *path = hr_path_join(p->dir, p->files[0]->name);
    return p;
}

static hr_status read_rows(const hr_package *p, const hr_schema *s)
{
    hr_buf rows = {0};
    const hr_status st = test_package_rows(p, s, &rows, &err);

    hr_buf_release(&rows);
    return st;
}

static void a_flipped_bit_is_damage(void **state)
{
    static const char *const tables[] = {"t"};
    hr_schema *s = schema_for(tables, 1);
    char *path = NULL;
    hr_package *p = small_package(s, &path);
    hr_buf bytes = {0};
    const hr_package_batch *b = &p->files[0]->batches[0];

    (void)state;
    assert_hr_ok(hr_read_file(path, &bytes, &err), &err, "read");
    for (size_t at = b->offset; at < b->offset + b->length; at += 7) {
        bytes.data[at] = (char)(bytes.data[at] ^ (1 << at % 8));
        assert_hr_ok(hr_replace_file(path, hr_buf_str(&bytes), false, &err), &err, "write");
        assert_int_equal(read_rows(p, s), HR_E_PARSE);
        assert_non_null(strstr(err.msg, "is damaged"));
        assert_non_null(strstr(err.msg, "0001.arrow"));
        assert_non_null(strstr(err.msg, "checksum"));
        bytes.data[at] = (char)(bytes.data[at] ^ (1 << at % 8));
    }
    assert_hr_ok(hr_replace_file(path, hr_buf_str(&bytes), false, &err), &err, "write");
    assert_hr_ok(read_rows(p, s), &err, "whole again");
    hr_buf_release(&bytes);
    hr_free(path);
    hr_package_free(p);
    hr_schema_free(s);
}

static void a_file_cut_short_is_damage(void **state)
{
    static const char *const tables[] = {"t"};
    hr_schema *s = schema_for(tables, 1);
    char *path = NULL;
    hr_package *p = small_package(s, &path);
    const hr_package_batch *b = &p->files[0]->batches[0];

    (void)state;
    for (uint64_t n = b->offset + b->length - 1; n > 100; n /= 2) {
        assert_int_equal(truncate(path, (off_t)n), 0);
        assert_int_equal(read_rows(p, s), HR_E_IO);
        assert_non_null(strstr(err.msg, "0001.arrow ends at byte"));
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(read_rows(p, s), HR_E_IO);
    assert_non_null(strstr(err.msg, "cannot open"));
    hr_free(path);
    hr_package_free(p);
    hr_schema_free(s);
}

/* The manifest, with one edit: the text `from` becomes `to`. */
static const struct edit_case {
    const char *label;
    const char *from, *to;
    hr_status status; /* of opening; or, when that succeeds, of reading */
} edit_cases[] = {
    {"another version", "\"version\":1,", "\"version\":2,", HR_E_UNSUPPORTED},
    {"no version", "\"version\":1,", "", HR_E_UNSUPPORTED},
    {"another package's", "\"load_id\":\"1.5\"", "\"load_id\":\"1.6\"", HR_E_PARSE},
    {"a name that leaves the folder", "0001.arrow", "../x.arrow", HR_E_PARSE},
    {"an absolute name", "0001.arrow", "/etc/passwd", HR_E_PARSE},
    {"a hidden name", "0001.arrow", "..", HR_E_PARSE},
    {"an empty name", "0001.arrow", "", HR_E_PARSE},
    {"a NUL in a name", "0001.arrow", "0001\\u0000.arrow", HR_E_PARSE},
    {"an unknown type", "[\"wei\",\"wei\"", "[\"wei\",\"way\"", HR_E_PARSE},
    {"no files", "\"files\":", "\"filed\":", HR_E_PARSE},
    {"no batches", "\"batches\":", "\"latches\":", HR_E_PARSE},
    {"no schema", "\"schema\":", "\"scheme\":", HR_E_PARSE},
    {"no JSON", "{", "[", HR_E_PARSE},
    {"another column", "\"double\",\"double\"", "\"other\",\"double\"", HR_E_PARSE},
    {"one column twice", "\"double\",\"double\"", "\"text\",\"double\"", HR_E_PARSE},
    {"another type", "[\"double\",\"double\"", "[\"double\",\"text\"", HR_E_PARSE},
    {"a type of the same width", "[\"double\",\"double\"", "[\"double\",\"bigint\"", HR_OK},
    {"a precision too large", ",38,2]", ",77,2]", HR_E_PARSE},
    {"rows that are not there", ",20,\"", ",21,\"", HR_E_PARSE},
    {"no rows", ",20,\"", ",0,\"", HR_E_PARSE},
    {"fewer bytes than the batch", "\"bytes\":", "\"bytes\":1,\"was\":", HR_E_PARSE},
};

static void edit(hr_buf *text, const char *from, const char *to)
{
    const char *at = strstr(text->data, from);
    hr_buf edited = {0};

    assert_non_null(at);
    hr_buf_add(&edited, (hr_str){text->data, (size_t)(at - text->data)});
    hr_buf_addz(&edited, to);
    hr_buf_addz(&edited, at + strlen(from));
    hr_buf_release(text);
    *text = edited;
}

/* Reading a column whose type was edited may give other values, but nothing worse. */
static void an_edited_manifest_is_told(void **state)
{
    static const char *const tables[] = {"t"};
    hr_schema *s = schema_for(tables, 1);
    char *path = NULL;

    (void)state;
    hr_package_free(small_package(s, &path));
    hr_free(path);
    char *dir = hr_path_join(folder, "1.5");
    char *manifest = hr_path_join(dir, "manifest.json");
    hr_buf original = {0};
    assert_hr_ok(hr_read_file(manifest, &original, &err), &err, "read");
    for (size_t i = 0; i < N_OF(edit_cases); i++) {
        const struct edit_case *c = &edit_cases[i];
        hr_package *p = NULL;
        hr_buf text = {0};

        hr_buf_add(&text, hr_buf_str(&original));
        edit(&text, c->from, c->to);
        assert_hr_ok(hr_replace_file(manifest, hr_buf_str(&text), false, &err), &err, "write");
        hr_status st = hr_package_open(&p, folder, "1.5", &err);
        if (st == HR_OK)
            st = read_rows(p, s);
        if (st != c->status)
            fail_msg("%s: status %d (%s), want %d", c->label, (int)st, st ? err.msg : "",
                     (int)c->status);
        hr_package_free(p);
        hr_buf_release(&text);
    }
    hr_buf_release(&original);
    hr_free(manifest);
    hr_free(dir);
    hr_schema_free(s);
}

/* Cut anywhere, a manifest is no manifest. */
static void a_manifest_cut_short_is_told(void **state)
{
    static const char *const tables[] = {"t"};
    hr_schema *s = schema_for(tables, 1);
    char *path = NULL;
    hr_package *whole = small_package(s, &path);
    hr_buf text = {0};

    (void)state;
    assert_hr_ok(hr_manifest_write(whole, &text, &err), &err, "write");
    for (size_t n = 0; n < text.len; n += n < 300 ? 1 : 97) {
        hr_package *p = begin("1.5");
        char *cut = hr_strndup((hr_str){text.data, n});

        assert_int_not_equal(hr_manifest_parse(p, (hr_str){cut, n}, &err), HR_OK);
        hr_free(cut);
        hr_package_free(p);
    }
    hr_buf_release(&text);
    hr_free(path);
    hr_package_free(whole);
    hr_schema_free(s);
}

static void the_manifest_keeps_everything(void **state)
{
    static const char *const tables[] = {"t"};
    hr_schema *s = schema_for(tables, 1);
    hr_package *p = begin("1.5");
    hr_package_writer *w = NULL;

    (void)state;
    assert_hr_ok(hr_package_writer_new(&w, p, &err), &err, "writer");
    write_batch(w, "t", 0x041, 0, 3, 0);
    finish(w);
    p->base_hash = hr_strdup("hash=");
    p->state = (hr_package_state){.version = 7,
                                  .engine_version = 4,
                                  .pipeline_name = hr_strdup("pipe \"1\""),
                                  .encoded = hr_strdup("eJx\\/"),
                                  .hash = hr_strdup("abc=")};
    char *schema = NULL;
    const hr_package_batch batch = p->files[0]->batches[0];
    hr_buf json = {0};
    assert_hr_ok(hr_schema_write(s, &json, &err), &err, "schema");
    schema = hr_buf_take(&json);
    p = reopened(p, s);
    assert_string_equal(p->load_id, "1.5");
    assert_string_equal(p->resources, "[\"t\"]");
    assert_string_equal(p->replaced, "[\"t\"]");
    assert_string_equal(p->base_hash, "hash=");
    assert_string_equal(p->schema, schema);
    assert_true(p->rereadable);
    assert_int_equal(p->state.version, 7);
    assert_int_equal(p->state.engine_version, 4);
    assert_string_equal(p->state.pipeline_name, "pipe \"1\"");
    assert_string_equal(p->state.encoded, "eJx\\/");
    assert_string_equal(p->state.hash, "abc=");
    assert_int_equal(p->n_files, 1);
    assert_string_equal(p->files[0]->table, "t");
    assert_int_equal(p->files[0]->n_fields, 3);
    assert_str_equal(p->files[0]->fields[2].name, HR_STR("decimal"), "name");
    assert_int_equal(p->files[0]->fields[2].precision, 38);
    assert_int_equal(p->files[0]->fields[2].scale, 2);
    assert_int_equal(p->files[0]->fields[1].scale, -1);
    assert_memory_equal(&p->files[0]->batches[0], &batch, sizeof(batch));
    hr_free(schema);
    hr_package_free(p);
    hr_schema_free(s);
}

/* ---- the folder ---- */

static void packages_are_listed_by_age_and_state(void **state)
{
    hr_schema *s = schema_for(NULL, 0);
    hr_package_entry *list = NULL;
    size_t n = 0;
    char *nowhere = hr_path_join(folder, "nowhere");

    (void)state;
    assert_hr_ok(hr_package_list(nowhere, &list, &n, &err), &err, "no folder");
    assert_int_equal(n, 0);
    hr_free(nowhere);
    hr_package *begun = begin("1700000003.25");
    hr_package *complete = reopened(begin("1700000001.5"), s);
    hr_package *loaded = reopened(begin("1700000002.5"), s);
    assert_hr_ok(hr_package_mark_loaded(loaded, &err), &err, "mark");
    char *broken = hr_path_join(folder, "1700000000.1");
    char *other = hr_path_join(folder, "not a package");
    assert_hr_ok(hr_make_folders(broken, &err), &err, "broken");
    assert_hr_ok(hr_make_folders(other, &err), &err, "other");
    assert_hr_ok(hr_package_list(folder, &list, &n, &err), &err, "list");
    assert_int_equal(n, 4);
    assert_string_equal(list[0].load_id, "1700000000.1");
    assert_int_equal(list[0].status, HR_PACKAGE_BROKEN);
    assert_string_equal(list[1].load_id, "1700000001.5");
    assert_int_equal(list[1].status, HR_PACKAGE_COMPLETE);
    assert_true(list[1].rereadable);
    assert_int_equal(list[2].status, HR_PACKAGE_LOADED);
    assert_int_equal(list[3].status, HR_PACKAGE_BEGUN);
    assert_int_equal(hr_package_open(&(hr_package *){NULL}, folder, "1700000003.25", &err),
                     HR_E_USAGE);
    hr_free(list);
    hr_free(broken);
    hr_free(other);
    hr_package_free(begun);
    hr_package_free(complete);
    hr_package_free(loaded);
    hr_schema_free(s);
}

static void a_loaded_package_keeps_no_data(void **state)
{
    static const char *const tables[] = {"t"};
    hr_schema *s = schema_for(tables, 1);
    char *path = NULL;
    hr_package *p = small_package(s, &path);

    (void)state;
    assert_true(hr_path_exists(path));
    assert_hr_ok(hr_package_mark_loaded(p, &err), &err, "mark");
    assert_false(hr_path_exists(path));
    hr_free(path);
    path = hr_path_join(p->dir, "manifest.json");
    assert_false(hr_path_exists(path));
    hr_free(path);
    path = hr_path_join(p->dir, "loaded.json");
    hr_buf text = {0};
    assert_hr_ok(hr_read_file(path, &text, &err), &err, "record");
    assert_non_null(strstr(text.data, "\"tables\":{\"t\":20}"));
    hr_buf_release(&text);
    hr_free(path);
    hr_package_free(p);
    hr_schema_free(s);
}

static char *put_file(const char *dir, const char *name)
{
    char *path = hr_path_join(dir, name);

    assert_hr_ok(hr_replace_file(path, HR_STR("x"), false, &err), &err, name);
    return path;
}

static void what_stayed_of_a_loaded_package_is_removed(void **state)
{
    hr_schema *s = schema_for(NULL, 0);
    hr_package *p = reopened(begin("1700000002.5"), s);

    (void)state;
    assert_hr_ok(hr_package_mark_loaded(p, &err), &err, "mark");
    char *data = put_file(p->dir, "0007.arrow");
    char *manifest = put_file(p->dir, "manifest.json");
    char *loaded = hr_path_join(p->dir, "loaded.json");
    hr_package_tidy(folder, p->load_id);
    assert_false(hr_path_exists(data));
    assert_false(hr_path_exists(manifest));
    assert_true(hr_path_exists(loaded));
    hr_free(data);
    hr_free(manifest);
    hr_free(loaded);
    hr_package_free(p);
    hr_schema_free(s);
}

/* Taken for another state than it is in, it would be thrown away or loaded twice. */
static void a_package_that_cannot_be_looked_at_is_an_error(void **state)
{
    hr_package_entry *list = NULL;
    size_t n = 7;
    char *unreadable = hr_path_join(folder, "1700000004.5/begun.json");

    (void)state;
    assert_hr_ok(hr_make_folders(unreadable, &err), &err, "a folder for a file");
    assert_int_equal(hr_package_list(folder, &list, &n, &err), HR_E_IO);
    assert_null(list);
    assert_int_equal(n, 0);
    hr_free(unreadable);
}

static void a_package_that_cannot_be_written_says_so(void **state)
{
    hr_package *p = begin("1.5");
    hr_package_writer *w = NULL;
    int64_t ids[3] = {1, 2, 3};
    const hr_batch_column column = {
        .field = {.name = HR_STR("id"), .type = HR_TYPE_BIGINT, .precision = -1, .scale = -1},
        .data = ids,
        .data_bytes = sizeof(ids)};
    const hr_batch batch = {HR_STR("t"), 3, &column, 1};

    (void)state;
    assert_hr_ok(hr_remove_tree(p->dir, &err), &err, "remove");
    assert_hr_ok(hr_package_writer_new(&w, p, &err), &err, "writer");
    assert_int_equal(hr_package_write(w, &batch, &err), HR_E_IO);
    assert_non_null(strstr(err.msg, "0001.arrow: No such file"));
    hr_package_writer_free(w);
    assert_int_equal(hr_package_seal(p, &err), HR_E_IO);
    hr_package_free(p);
}

/* ---- widening ---- */

/* One column of `values` as it was written, read as it is now. */
static const struct conform_case {
    const char *label;
    hr_arrow_field from, to;
    const char *values[3]; /* as text; NULL: null */
    const char *want;      /* NULL: refused */
} conform_cases[] = {
#define FIELD(type, precision, scale)                             \
    {                                                             \
        HR_STR_INIT("c"), HR_TYPE_##type, precision, scale, false \
    }
    {"bigint to double",
     FIELD(BIGINT, -1, -1),
     FIELD(DOUBLE, -1, -1),
     {"1", NULL, "-7"},
     "1.0 - -7.0"},
    {"bigint beyond double",
     FIELD(BIGINT, -1, -1),
     FIELD(DOUBLE, -1, -1),
     {"1", NULL, "9007199254740993"},
     NULL},
    {"bigint to decimal",
     FIELD(BIGINT, -1, -1),
     FIELD(DECIMAL, 38, 0),
     {"9223372036854775807", NULL, "-1"},
     "9223372036854775807 - -1"},
    {"bigint to text",
     FIELD(BIGINT, -1, -1),
     FIELD(TEXT, -1, -1),
     {"12", NULL, "-1"},
     "'12' - '-1'"},
    {"double to text",
     FIELD(DOUBLE, -1, -1),
     FIELD(TEXT, -1, -1),
     {"1.5", "1e100", NULL},
     "'1.5' '1e+100' -"},
    {"bool to text",
     FIELD(BOOL, -1, -1),
     FIELD(TEXT, -1, -1),
     {"true", NULL, "false"},
     "'True' - 'False'"},
    {"decimal to text",
     FIELD(DECIMAL, 38, 0),
     FIELD(TEXT, -1, -1),
     {"18446744073709551616", NULL, "5"},
     "'18446744073709551616' - '5'"},
    {"decimal without a scale to text",
     FIELD(DECIMAL, -1, -1),
     FIELD(TEXT, -1, -1),
     {"1.25", NULL, "2"},
     NULL /* set below: dlt's default scale is 9 */},
    {"timestamp to text",
     FIELD(TIMESTAMP, -1, -1),
     FIELD(TEXT, -1, -1),
     {"2024-01-01T00:00:00Z", NULL, NULL},
     "'2024-01-01T00:00:00+00:00' - -"},
    {"date to text",
     FIELD(DATE, -1, -1),
     FIELD(TEXT, -1, -1),
     {"2024-01-02", NULL, NULL},
     "'2024-01-02' - -"},
    {"json to text",
     FIELD(JSON, -1, -1),
     FIELD(TEXT, -1, -1),
     {"{\"a\":1}", NULL, "[]"},
     "'{\"a\":1}' - '[]'"},
    {"all null", FIELD(BIGINT, -1, -1), FIELD(TEXT, -1, -1), {NULL, NULL, NULL}, "- - -"},
#undef FIELD
};

static void put_text(hr_builder *b, int64_t row, const char *text, const hr_arrow_field *f)
{
    const hr_value in = {.type = HR_TYPE_TEXT, .text = hr_str_from(text)};
    hr_buf scratch = {0};
    hr_value v;
    int32_t day = 0;

    if (!hr_convert(&in, (hr_target){f->type, f->precision, f->scale}, &v, &scratch))
        fail_msg("%s is no %s", text, hr_type_name(f->type));
    switch (b->width) {
    case HR_WIDTH_BITS:
        assert_true(hr_builder_put_bool(b, row, v.b));
        break;
    case HR_WIDTH_BYTES:
        assert_true(hr_builder_put_bytes(b, row, v.text));
        break;
    case 4:
        day = (int32_t)v.i;
        assert_true(hr_builder_put_fixed(b, row, &day));
        break;
    case 8:
        assert_true(v.type == HR_TYPE_DOUBLE ? hr_builder_put_double(b, row, v.d)
                                             : hr_builder_put_i64(b, row, v.i));
        break;
    default:
        assert_true(hr_builder_put_fixed(b, row, &v.dec));
        break;
    }
    hr_buf_release(&scratch);
}

/* Written to a package with the one type and read with the other. */
static hr_status read_as(const struct conform_case *c, hr_buf *out)
{
    hr_schema *s = NULL;
    hr_table *t = NULL;
    hr_package *p = begin("1.5");
    hr_package_writer *w = NULL;
    hr_package_reader *r = NULL;
    hr_builder b;
    struct ArrowArray a = {0};
    const hr_column_spec spec = {.name = c->to.name,
                                 .type = c->to.type,
                                 .has_precision = c->to.precision >= 0,
                                 .has_scale = c->to.scale >= 0,
                                 .precision = c->to.precision,
                                 .scale = c->to.scale};

    hr_builder_init(&b, c->from.type);
    for (int64_t row = 0; row < 3; row++) {
        if (c->values[row])
            put_text(&b, row, c->values[row], &c->from);
    }
    const hr_batch_column column = column_of(&b, 3, c->from);
    assert_hr_ok(hr_package_writer_new(&w, p, &err), &err, "writer");
    assert_hr_ok(hr_package_write(w, &(hr_batch){HR_STR("t"), 3, &column, 1}, &err), &err, "write");
    finish(w);
    assert_hr_ok(hr_schema_new(&s, "s", &err), &err, "schema");
    assert_hr_ok(hr_schema_add_table(s, HR_STR("t"), (hr_str){0}, "t", "append", &t, &err), &err,
                 "table");
    assert_hr_ok(hr_table_add_column(s, t, &spec, NULL, &err), &err, "column");
    assert_hr_ok(hr_package_reader_new(&r, p, t, &err), &err, "reader");
    const hr_batches *batches = hr_package_reader_batches(r);
    const hr_status st = batches->next(batches->self, &a, &err);
    for (int64_t row = 0; row < 3 && st == HR_OK; row++) {
        hr_buf_addz(out, row ? " " : "");
        if (!test_arrow_value(batches->schema->children[0], a.children[0], row, out))
            hr_buf_addc(out, '-');
    }
    if (a.release)
        a.release(&a);
    hr_package_reader_free(r);
    hr_package_free(p);
    hr_schema_free(s);
    hr_builder_release(&b);
    assert_hr_ok(hr_package_discard(folder, "1.5", &err), &err, "discard");
    return st;
}

static void widened_columns_convert_exactly_or_not_at_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(conform_cases); i++) {
        struct conform_case c = conform_cases[i];
        hr_buf got = {0};

        if (strstr(c.label, "without a scale"))
            c.want = "'1.250000000' - '2.000000000'";
        const hr_status st = read_as(&c, &got);
        if (!c.want && st != HR_E_SCHEMA)
            fail_msg("%s: status %d, want a refusal", c.label, (int)st);
        if (!c.want)
            assert_non_null(strstr(err.msg, "column \"c\""));
        else if (st != HR_OK)
            fail_msg("%s: %s", c.label, err.msg);
        else
            assert_str_equal(hr_buf_str(&got), hr_str_from(c.want), c.label);
        hr_buf_release(&got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_written_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_columns_with_values_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(batches_with_the_same_columns_share_a_file, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(files_are_arrow_ipc_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_flipped_bit_is_damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_cut_short_is_damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_edited_manifest_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_manifest_cut_short_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_manifest_keeps_everything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(packages_are_listed_by_age_and_state, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_loaded_package_keeps_no_data, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_stayed_of_a_loaded_package_is_removed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_package_that_cannot_be_looked_at_is_an_error, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_package_that_cannot_be_written_says_so, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(widened_columns_convert_exactly_or_not_at_all, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
