/* events.c -- libheadrace from C: two resources into one DuckDB file, and back as Arrow.
 *
 *   cc -std=c17 events.c $(pkg-config --cflags --libs headrace) -o events && ./events
 *
 * The events come as JSON text from a callback, as a program would hand out what it gets from
 * an API. The repositories come as an Arrow stream, as any Arrow library exports one; this one
 * is made by hand, so that the example needs nothing else. Compiles as C17 and as C++17. */
#include <headrace/headrace.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- resource 1: JSON from a callback ---- */

/* The pieces of a response as they arrive: cut anywhere, even inside a string. */
static const char *const pieces[] = {
    "[{\"id\": 1, \"type\": \"PushEvent\", \"created_at\": \"2026-01-05T10:00:00Z\", \"rep",
    "o\": {\"name\": \"octo/hello\"}, \"payload\": {\"commits\": [{\"sha\": \"a1\"},",
    " {\"sha\": \"b2\"}]}},\n",
    "{\"id\": 2, \"type\": \"WatchEvent\", \"created_at\": \"2026-01-05T10:01:00Z\",",
    " \"repo\": {\"name\": \"octo/world\"}, \"payload\": {\"action\": \"started\"}}]",
};

typedef struct response {
    size_t next;
} response;

static hr_status next_piece(void *ctx, const void **bytes, size_t *n, hr_error *err)
{
    response *r = (response *)ctx;

    (void)err; /* a failure would read: return hr_fail(err, HR_E_REMOTE, "status %d", 502); */
    if (r->next == sizeof(pieces) / sizeof(pieces[0])) {
        *n = 0;
        return HR_OK;
    }
    *bytes = pieces[r->next];
    *n = strlen(pieces[r->next]);
    r->next++;
    return HR_OK;
}

static hr_status add_events(hr_pipeline *p, response *r, hr_error *err)
{
    hr_resource_options options;
    hr_json_source source;

    memset(&options, 0, sizeof(options));
    options.size = sizeof(options);
    options.table = "events";
    memset(&source, 0, sizeof(source));
    source.ctx = r;
    source.next = next_piece;
    source.rereadable = true;
    return hr_pipeline_add_json(p, &options, &source, err);
}

/* ---- resource 2: an Arrow stream of one batch, columns name (text) and stars (bigint) ---- */

static const char names[] = "octo/helloocto/worldocto/empty";
static const int32_t name_offsets[] = {0, 10, 20, 30};
static const int64_t stars[] = {42, 7, 0};
static const uint8_t stars_valid[] = {3}; /* bits from the lowest: the third one is NULL */

static const void *struct_buffers[] = {NULL};
static const void *name_buffers[] = {NULL, name_offsets, names};
static const void *stars_buffers[] = {stars_valid, stars};

/* All that the stream hands out is static, so there is nothing to free. */
static void release_schema(struct ArrowSchema *s)
{
    s->release = NULL;
}

static void release_array(struct ArrowArray *a)
{
    a->release = NULL;
}

static void set_schema(struct ArrowSchema *s, const char *format, const char *name)
{
    memset(s, 0, sizeof(*s));
    s->format = format;
    s->name = name;
    s->flags = ARROW_FLAG_NULLABLE;
    s->release = release_schema;
}

static void set_array(struct ArrowArray *a, const void **buffers, int64_t n_buffers)
{
    memset(a, 0, sizeof(*a));
    a->length = 3;
    a->buffers = buffers;
    a->n_buffers = n_buffers;
    a->release = release_array;
}

static int repos_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    static struct ArrowSchema columns[2];
    static struct ArrowSchema *children[] = {&columns[0], &columns[1]};

    (void)stream;
    set_schema(&columns[0], "u", "name");
    set_schema(&columns[1], "l", "stars");
    set_schema(out, "+s", "");
    out->n_children = 2;
    out->children = children;
    return 0;
}

static int repos_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    static struct ArrowArray columns[2];
    static struct ArrowArray *children[] = {&columns[0], &columns[1]};
    bool *done = (bool *)stream->private_data;

    memset(out, 0, sizeof(*out));
    if (*done) /* an array without release() ends a stream */
        return 0;
    *done = true;
    set_array(&columns[0], name_buffers, 3);
    set_array(&columns[1], stars_buffers, 2);
    columns[1].null_count = 1;
    set_array(out, struct_buffers, 1);
    out->n_children = 2;
    out->children = children;
    return 0;
}

static const char *repos_error(struct ArrowArrayStream *stream)
{
    (void)stream;
    return NULL;
}

static void repos_release(struct ArrowArrayStream *stream)
{
    stream->release = NULL;
}

static hr_status add_repos(hr_pipeline *p, bool *done, hr_error *err)
{
    hr_resource_options options;
    struct ArrowArrayStream stream;

    memset(&options, 0, sizeof(options));
    options.size = sizeof(options);
    options.table = "repos";
    options.hints = "{\"write_disposition\": \"replace\"}";
    stream.get_schema = repos_schema;
    stream.get_next = repos_next;
    stream.get_last_error = repos_error;
    stream.release = repos_release;
    stream.private_data = done;
    return hr_pipeline_add_arrow(p, &options, &stream, err);
}

/* ---- reading back ---- */

static void print_cell(const struct ArrowSchema *type, const struct ArrowArray *column, int64_t row)
{
    const uint8_t *valid = (const uint8_t *)column->buffers[0];
    const int64_t at = column->offset + row;

    if (valid && !(valid[at / 8] >> (at % 8) & 1)) {
        printf("%-14s", "NULL");
    } else if (strcmp(type->format, "l") == 0) {
        printf("%-14" PRId64, ((const int64_t *)column->buffers[1])[at]);
    } else if (strcmp(type->format, "u") == 0) {
        const int32_t *offsets = (const int32_t *)column->buffers[1];
        const char *text = (const char *)column->buffers[2];

        printf("%-14.*s", (int)(offsets[at + 1] - offsets[at]), text + offsets[at]);
    } else {
        printf("(Arrow %s)", type->format);
    }
}

static void print_batch(const struct ArrowSchema *schema, const struct ArrowArray *batch)
{
    for (int64_t row = 0; row < batch->length; row++) {
        for (int64_t i = 0; i < batch->n_children; i++)
            print_cell(schema->children[i], batch->children[i], row);
        printf("\n");
    }
}

static hr_status print_query(hr_pipeline *p, const char *sql, hr_error *err)
{
    struct ArrowArrayStream stream;
    struct ArrowSchema schema;
    struct ArrowArray batch;
    hr_status st = hr_pipeline_query(p, sql, &stream, err);

    if (st != HR_OK)
        return st;
    if (stream.get_schema(&stream, &schema) != 0) {
        st = hr_fail(err, HR_E_REMOTE, "%s", stream.get_last_error(&stream));
        stream.release(&stream);
        return st;
    }
    for (int64_t i = 0; i < schema.n_children; i++)
        printf("%-14s", schema.children[i]->name);
    printf("\n");
    for (;;) {
        if (stream.get_next(&stream, &batch) != 0) {
            st = hr_fail(err, HR_E_REMOTE, "%s", stream.get_last_error(&stream));
            break;
        }
        if (!batch.release)
            break;
        print_batch(&schema, &batch);
        batch.release(&batch);
    }
    schema.release(&schema);
    stream.release(&stream);
    return st;
}

/* Prints a JSON text of the library and frees it. */
static void print_json(const char *what, char *json)
{
    printf("%s\n%s\n\n", what, json);
    hr_free(json);
}

/* ---- the pipeline ---- */

static void on_event(void *ctx, const hr_event *event)
{
    (void)ctx;
    if (event->kind != HR_EVENT_PROGRESS)
        fprintf(stderr, "%s\n", event->message);
}

static hr_status load(hr_pipeline *p, hr_error *err)
{
    response r = {0};
    bool done = false;
    char *info = NULL;

    HR_TRY(add_events(p, &r, err));
    HR_TRY(add_repos(p, &done, err));
    const hr_status st = hr_pipeline_run(p, &info, err);
    if (info) /* also after most failures */
        print_json("load info:", info);
    return st;
}

static hr_status look(hr_pipeline *p, hr_error *err)
{
    char *json = NULL;

    HR_TRY(hr_pipeline_tables(p, &json, err));
    print_json("tables:", json);
    HR_TRY(hr_pipeline_trace(p, &json, err));
    print_json("trace:", json);
    return print_query(p,
                       "select e.type, e.repo__name, r.stars, count(c.sha) as commits"
                       " from events e"
                       " join repos r on r.name = e.repo__name"
                       " left join events__payload__commits c on c._dlt_parent_id = e._dlt_id"
                       " group by all order by all",
                       err);
}

int main(int argc, char **argv)
{
    hr_pipeline_options options;
    hr_pipeline *p = NULL;
    hr_error err;

    memset(&options, 0, sizeof(options));
    options.size = sizeof(options);
    options.name = "example";
    options.pipelines_dir = "example_pipelines";
    options.destination = argc > 1 ? argv[1] : "duckdb:///example.duckdb";
    options.on_event = on_event;
    hr_status st = hr_pipeline_open(&p, &options, &err);
    if (st == HR_OK)
        st = load(p, &err);
    if (st == HR_OK)
        st = look(p, &err);
    if (st != HR_OK)
        fprintf(stderr, "events: %s\n", err.msg);
    hr_pipeline_close(p);
    return st == HR_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
