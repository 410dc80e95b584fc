#include "support.h"

#include "support/packages.h"

#include "base/file.h"
#include "base/mem.h"
#include "package/package_int.h"
#include "value/convert.h"

static char *folder;

int pkg_setup(void **state)
{
    (void)state;
    folder = test_folder();
    return 0;
}

int pkg_teardown(void **state)
{
    (void)state;
    test_folder_remove(folder);
    return 0;
}

const char *pkg_folder(void)
{
    return folder;
}

const hr_type pkg_types[PKG_N_TYPES] = {
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

hr_batch_column pkg_column(hr_builder *b, int64_t rows, hr_arrow_field field)
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

void pkg_write(hr_package_writer *w, const char *table, unsigned which, int64_t first, int64_t rows,
               int64_t null_every)
{
    hr_builder builders[PKG_N_TYPES + 1];
    hr_batch_column columns[PKG_N_TYPES + 1];
    size_t n = 1;
    hr_error err = {0};

    hr_builder_init(&builders[0], HR_TYPE_BIGINT);
    for (int64_t row = 0; row < rows; row++)
        assert_true(hr_builder_put_i64(&builders[0], row, first + row));
    columns[0] =
        pkg_column(&builders[0], rows,
                   (hr_arrow_field){
                       .name = HR_STR("id"), .type = HR_TYPE_BIGINT, .precision = -1, .scale = -1});
    for (size_t i = 0; i < PKG_N_TYPES; i++) {
        if (!(which >> i & 1))
            continue;
        hr_builder_init(&builders[n], pkg_types[i]);
        for (int64_t row = 0; row < rows; row++) {
            if (!null_every || (first + row) % null_every)
                assert_true(put_value(&builders[n], row, first + row));
        }
        columns[n] = pkg_column(&builders[n], rows, field_of(pkg_types[i]));
        n++;
    }
    assert_hr_ok(hr_package_write(w, &(hr_batch){hr_str_from(table), rows, columns, n}, &err), &err,
                 "write");
    for (size_t i = 0; i < n; i++)
        hr_builder_release(&builders[i]);
}

hr_schema *pkg_schema(const char *const *tables, size_t n)
{
    hr_schema *s = NULL;
    hr_error err = {0};

    assert_hr_ok(hr_schema_new(&s, "s", &err), &err, "schema");
    for (size_t i = 0; i < n; i++) {
        hr_table *t = NULL;
        hr_column_spec id = {.name = HR_STR("id"), .type = HR_TYPE_BIGINT};

        assert_hr_ok(hr_schema_add_table(s, hr_str_from(tables[i]), (hr_str){0}, tables[i],
                                         "append", &t, &err),
                     &err, "table");
        assert_hr_ok(hr_table_add_column(s, t, &id, NULL, &err), &err, "id");
        for (size_t k = 0; k < PKG_N_TYPES; k++) {
            const hr_arrow_field f = field_of(pkg_types[k]);
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

hr_package *pkg_begin(const char *load_id)
{
    hr_package *p = NULL;
    hr_error err = {0};

    assert_hr_ok(hr_package_begin(&p, pkg_folder(), load_id, true, "[\"t\"]", &err), &err, "begin");
    return p;
}

void pkg_finish(hr_package_writer *w)
{
    hr_error err = {0};

    assert_hr_ok(hr_package_writer_finish(w, &err), &err, "finish");
    hr_package_writer_free(w);
}

hr_package *pkg_reopened(hr_package *p, const hr_schema *s)
{
    hr_buf json = {0};
    char load_id[24];
    hr_error err = {0};

    assert_hr_ok(hr_schema_write(s, &json, &err), &err, "schema");
    p->schema = hr_buf_take(&json);
    p->replaced = hr_strdup("[\"t\"]");
    memcpy(load_id, p->load_id, sizeof(load_id));
    assert_hr_ok(hr_package_seal(p, &err), &err, "seal");
    hr_package_free(p);
    p = NULL;
    assert_hr_ok(hr_package_open(&p, pkg_folder(), load_id, &err), &err, "open");
    return p;
}

hr_package *pkg_small(hr_schema *s, char **path)
{
    hr_package *p = pkg_begin("1.5");
    hr_package_writer *w = NULL;
    hr_error err = {0};

    assert_hr_ok(hr_package_writer_new(&w, p, &err), &err, "writer");
    pkg_write(w, "t", 0x7ff, 0, 20, 3);
    pkg_finish(w);
    p = pkg_reopened(p, s);
    *path = hr_path_join(p->dir, p->files[0]->name);
    return p;
}
