/* Damage of any kind to a load package is told. */
#include "support.h"

#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "package/package_int.h"
#include "support/package_rows.h"
#include "support/packages.h"

static hr_error err;

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
    hr_schema *s = pkg_schema(tables, 1);
    char *path = NULL;
    hr_package *p = pkg_small(s, &path);
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
    hr_schema *s = pkg_schema(tables, 1);
    char *path = NULL;
    hr_package *p = pkg_small(s, &path);
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
    hr_schema *s = pkg_schema(tables, 1);
    char *path = NULL;

    (void)state;
    hr_package_free(pkg_small(s, &path));
    hr_free(path);
    char *dir = hr_path_join(pkg_folder(), "1.5");
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
        hr_status st = hr_package_open(&p, pkg_folder(), "1.5", &err);
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
    hr_schema *s = pkg_schema(tables, 1);
    char *path = NULL;
    hr_package *whole = pkg_small(s, &path);
    hr_buf text = {0};

    (void)state;
    assert_hr_ok(hr_manifest_write(whole, &text, &err), &err, "write");
    for (size_t n = 0; n < text.len; n += n < 300 ? 1 : 97) {
        hr_package *p = pkg_begin("1.5");
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
    hr_schema *s = pkg_schema(tables, 1);
    hr_package *p = pkg_begin("1.5");
    hr_package_writer *w = NULL;

    (void)state;
    assert_hr_ok(hr_package_writer_new(&w, p, &err), &err, "writer");
    pkg_write(w, "t", 0x041, 0, 3, 0);
    pkg_finish(w);
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
    p = pkg_reopened(p, s);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        pkg_test(a_flipped_bit_is_damage),       pkg_test(a_file_cut_short_is_damage),
        pkg_test(an_edited_manifest_is_told),    pkg_test(a_manifest_cut_short_is_told),
        pkg_test(the_manifest_keeps_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
