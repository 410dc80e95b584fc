#include "support.h"

#include "support/library.h"

/* ---- a pipeline in a folder of its own ---- */

static char *folder;

const char *lib_folder(void)
{
    return folder;
}

int lib_setup(void **state)
{
    (void)state;
    folder = test_folder();
    return 0;
}

int lib_teardown(void **state)
{
    (void)state;
    test_folder_remove(folder);
    return 0;
}

static char heard[8192];

const char *lib_heard(void)
{
    return heard;
}

static void hear(void *ctx, const hr_event *e)
{
    const size_t n = strlen(heard);

    (void)ctx;
    if (e->message)
        (void)snprintf(heard + n, sizeof(heard) - n, "%s\n", e->message);
}

hr_pipeline *lib_open_named(const char *name)
{
    char url[4200], dir[4200];
    hr_pipeline *p = NULL;
    hr_error err = {0};

    heard[0] = '\0';
    (void)snprintf(url, sizeof(url), "duckdb:///%s/%s.duckdb", folder, name);
    (void)snprintf(dir, sizeof(dir), "%s/pipelines", folder);
    const hr_pipeline_options o = {.size = sizeof(o),
                                   .name = name,
                                   .pipelines_dir = dir,
                                   .destination = url,
                                   .dataset = "d",
                                   .workers = 2,
                                   .on_event = hear};
    assert_hr_ok(hr_pipeline_open(&p, &o, &err), &err, "open");
    return p;
}

hr_pipeline *lib_open(void)
{
    return lib_open_named("lib");
}

hr_resource_options lib_into(const char *table)
{
    return (hr_resource_options){.size = sizeof(hr_resource_options), .table = table};
}

static size_t add_cells(const struct ArrowSchema *schema, const struct ArrowArray *array, char *out,
                        size_t n, size_t size)
{
    struct ArrowArrayView view;

    assert_int_equal(ArrowArrayViewInitFromSchema(&view, schema, NULL), NANOARROW_OK);
    assert_int_equal(ArrowArrayViewSetArray(&view, array, NULL), NANOARROW_OK);
    for (int64_t i = 0; i < array->length; i++) {
        const struct ArrowArrayView *column = view.children[0];
        const struct ArrowStringView s = ArrowArrayViewIsNull(column, i)
                                             ? ArrowCharView("NULL")
                                             : ArrowArrayViewGetStringUnsafe(column, i);

        n += (size_t)snprintf(out + n, size - n, "%s%.*s", n ? " " : "", (int)s.size_bytes, s.data);
        assert_true(n < size);
    }
    ArrowArrayViewReset(&view);
    return n;
}

const char *lib_ask(hr_pipeline *p, const char *sql)
{
    static char cells[8192];
    struct ArrowArrayStream stream = {0};
    struct ArrowSchema schema = {0};
    struct ArrowArray array = {0};
    hr_error err = {0};
    size_t n = 0;

    cells[0] = '\0';
    assert_hr_ok(hr_pipeline_query(p, sql, &stream, &err), &err, sql);
    assert_int_equal(stream.get_schema(&stream, &schema), 0);
    for (;;) {
        assert_int_equal(stream.get_next(&stream, &array), 0);
        if (!array.release)
            break;
        n = add_cells(&schema, &array, cells, n, sizeof(cells));
        array.release(&array);
    }
    schema.release(&schema);
    stream.release(&stream);
    return cells;
}

yyjson_doc *lib_parse(char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), 0);

    assert_non_null(doc);
    hr_free(json);
    return doc;
}

const char *lib_member(yyjson_doc *doc, const char *pointer)
{
    return yyjson_get_str(yyjson_doc_ptr_get(doc, pointer));
}

/* ---- the callback ---- */

static hr_status actor_next(void *ctx, const void **bytes, size_t *n, hr_error *err)
{
    lib_actor *a = ctx;
    const size_t left = strlen(a->text) - a->at;

    a->calls++;
    if (a->calls == a->fail_at) {
        hr_fail(err, HR_E_REMOTE, "the server hung up on call %zu", a->calls);
        err->http_status = 502;
        return HR_E_REMOTE;
    }
    if (a->act && a->calls == 1)
        a->act(a);
    if (a->stop)
        hr_pipeline_cancel(a->stop);
    *n = left < a->step ? left : a->step;
    *bytes = a->text + a->at;
    a->at += *n;
    return HR_OK;
}

static void actor_close(void *ctx)
{
    ((lib_actor *)ctx)->closed++;
}

hr_json_source lib_plays(lib_actor *a)
{
    return (hr_json_source){.ctx = a, .next = actor_next, .close = actor_close, .rereadable = true};
}

void lib_add(hr_pipeline *p, const char *table, lib_actor *a)
{
    const hr_resource_options o = lib_into(table);
    const hr_json_source source = lib_plays(a);
    hr_error err = {0};

    assert_hr_ok(hr_pipeline_add_json(p, &o, &source, &err), &err, table);
}

void lib_load(hr_pipeline *p, const char *table, const char *text)
{
    lib_actor a = {.text = text, .step = 1000};
    hr_error err = {0};

    lib_add(p, table, &a);
    assert_hr_ok(hr_pipeline_run(p, NULL, &err), &err, table);
}

/* ---- Arrow batches ---- */

void lib_start_array(struct ArrowSchema *schema, struct ArrowArray *array)
{
    assert_int_equal(ArrowArrayInitFromSchema(array, schema, NULL), NANOARROW_OK);
    assert_int_equal(ArrowArrayStartAppending(array), NANOARROW_OK);
}

void lib_end_row(struct ArrowArray *array)
{
    assert_int_equal(ArrowArrayFinishElement(array), NANOARROW_OK);
}

void lib_finish_array(struct ArrowArray *array)
{
    assert_int_equal(ArrowArrayFinishBuildingDefault(array, NULL), NANOARROW_OK);
}

void lib_start_struct(struct ArrowSchema *schema, int64_t n_columns)
{
    ArrowSchemaInit(schema);
    assert_int_equal(ArrowSchemaSetTypeStruct(schema, n_columns), NANOARROW_OK);
}

void lib_set_column(struct ArrowSchema *column, const char *name, enum ArrowType type,
                    enum ArrowTimeUnit unit, const char *zone)
{
    int code = NANOARROW_OK;

    ArrowSchemaInit(column);
    if (type == NANOARROW_TYPE_DECIMAL128)
        code = ArrowSchemaSetTypeDecimal(column, type, 10, 2);
    else if (unit || zone || type == NANOARROW_TYPE_TIME32)
        code = ArrowSchemaSetTypeDateTime(column, type, unit, zone);
    else
        code = ArrowSchemaSetType(column, type);
    assert_int_equal(code, NANOARROW_OK);
    assert_int_equal(ArrowSchemaSetName(column, name), NANOARROW_OK);
}

void lib_set_plain(struct ArrowSchema *column, const char *name, enum ArrowType type)
{
    lib_set_column(column, name, type, NANOARROW_TIME_UNIT_SECOND, NULL);
}

hr_status lib_load_arrow(hr_pipeline *p, const char *table, const char *hints,
                         struct ArrowSchema *schema, struct ArrowArray *array, hr_error *err)
{
    const hr_resource_options o = {.size = sizeof(o), .table = table, .hints = hints};
    struct ArrowArrayStream stream;

    assert_int_equal(ArrowBasicArrayStreamInit(&stream, schema, 1), NANOARROW_OK);
    ArrowBasicArrayStreamSetArray(&stream, 0, array);
    assert_hr_ok(hr_pipeline_add_arrow(p, &o, &stream, err), err, table);
    assert_null(stream.release);
    return hr_pipeline_run(p, NULL, err);
}
