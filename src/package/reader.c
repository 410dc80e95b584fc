#include "package/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <nanoarrow/nanoarrow.h>
#include <nanoarrow/nanoarrow_ipc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "package/conform.h"

/* A file of the table, read by any thread. */
typedef struct source {
    const hr_package_file *file;
    char *path;
    struct ArrowSchema schema;
    int *target_of; /* for each field of the file: the column of the table */
} source;

/* Where a batch is. */
typedef struct place {
    const source *from;
    const hr_package_batch *batch;
} place;

struct hr_package_reader {
    hr_batches batches;
    struct ArrowSchema schema;
    hr_arrow_field *fields;
    size_t n_fields;
    hr_map by_name; /* of the fields */
    source *sources;
    size_t n_sources;
    place *places;
    size_t n_places, cap_places;
    atomic_size_t next;
    void *zeros; /* buffers of columns that a batch lacks */
};

/* ---- which columns ---- */

/* The columns that some batch has. Each stands for `unclaimed` until the table claims it. */
static hr_arrow_field unclaimed;

static hr_status gather_names(hr_package_reader *r, const hr_package *p, const hr_table *table,
                              hr_error *err)
{
    for (size_t i = 0; i < p->n_files; i++) {
        const hr_package_file *f = p->files[i];

        for (size_t k = 0; k < f->n_fields && strcmp(f->table, table->name) == 0; k++) {
            if (!hr_map_put(&r->by_name, f->fields[k].name, &unclaimed))
                return hr_nomem(err);
        }
    }
    return HR_OK;
}

static hr_status add_row_order(hr_package_reader *r, hr_error *err)
{
    hr_arrow_field *field = &r->fields[r->n_fields];

    *field = (hr_arrow_field){
        .name = HR_STR(HR_ROW_ORDER), .type = HR_TYPE_BIGINT, .precision = -1, .scale = -1};
    if (!hr_map_get(&r->by_name, field->name))
        return HR_OK;
    r->n_fields++;
    return hr_map_put(&r->by_name, field->name, field) ? HR_OK : hr_nomem(err);
}

static hr_status choose_fields(hr_package_reader *r, const hr_package *p, const hr_table *table,
                               hr_error *err)
{
    r->fields = hr_calloc(table->n_columns + 1, sizeof(*r->fields));
    if (!r->fields)
        return hr_nomem(err);
    HR_TRY(gather_names(r, p, table, err));
    for (size_t i = 0; i < table->n_columns; i++) {
        const hr_column *c = table->columns[i];
        hr_arrow_field *field = &r->fields[r->n_fields];

        *field = (hr_arrow_field){.name = hr_str_from(c->name),
                                  .type = c->type,
                                  .precision = c->precision,
                                  .scale = c->scale,
                                  .no_timezone = !c->timezone};
        if (c->type == HR_TYPE_NONE || !hr_map_get(&r->by_name, field->name))
            continue;
        if (!hr_map_put(&r->by_name, field->name, field))
            return hr_nomem(err);
        r->n_fields++;
    }
    HR_TRY(add_row_order(r, err));
    return hr_arrow_schema(&r->schema, r->fields, r->n_fields, err);
}

static int column_of(const hr_package_reader *r, hr_str name)
{
    const hr_arrow_field *field = hr_map_get(&r->by_name, name);

    return field && field != &unclaimed ? (int)(field - r->fields) : -1;
}

/* ---- sources ---- */

/* Which column of the table each field of the file is; every column at most once. */
static hr_status match_fields(const hr_package_reader *r, source *s, hr_error *err)
{
    bool *taken = hr_calloc(r->n_fields, sizeof(*taken));
    hr_status st = taken ? HR_OK : hr_nomem(err);

    for (size_t i = 0; i < s->file->n_fields && st == HR_OK; i++) {
        const int target = column_of(r, s->file->fields[i].name);

        if (target < 0 || taken[target])
            st = hr_fail(err, HR_E_PARSE, "%s holds a column %s", s->path,
                         target < 0 ? "that the schema of its package lacks" : "twice");
        else
            taken[target] = true;
        s->target_of[i] = target;
    }
    hr_free(taken);
    return st;
}

static hr_status open_source(hr_package_reader *r, const hr_package *p, const hr_package_file *f,
                             hr_error *err)
{
    source *s = &r->sources[r->n_sources++];

    *s = (source){.file = f};
    s->path = hr_path_join(p->dir, f->name);
    s->target_of = hr_calloc(f->n_fields, sizeof(*s->target_of));
    if (!s->path || !s->target_of)
        return hr_nomem(err);
    HR_TRY(match_fields(r, s, err));
    HR_TRY(hr_arrow_schema(&s->schema, f->fields, f->n_fields, err));
    for (size_t i = 0; i < f->n_batches; i++) {
        const place at = {s, &f->batches[i]};

        if (!HR_PUSH(r->places, r->n_places, r->cap_places, at))
            return hr_nomem(err);
        r->batches.rows += f->batches[i].rows;
    }
    return HR_OK;
}

static size_t most_rows(const hr_package_reader *r)
{
    size_t most = 0;

    for (size_t i = 0; i < r->n_places; i++) {
        if (r->places[i].batch->rows > most)
            most = (size_t)r->places[i].batch->rows;
    }
    return most;
}

static hr_status open_sources(hr_package_reader *r, const hr_package *p, const hr_table *table,
                              hr_error *err)
{
    r->sources = hr_calloc(p->n_files, sizeof(*r->sources));
    if (!r->sources)
        return hr_nomem(err);
    for (size_t i = 0; i < p->n_files; i++) {
        if (strcmp(p->files[i]->table, table->name) == 0)
            HR_TRY(open_source(r, p, p->files[i], err));
    }
    r->zeros = hr_calloc(most_rows(r) + 1, 16);
    return r->zeros ? HR_OK : hr_nomem(err);
}

/* ---- batches ---- */

static hr_status damaged(const place *at, const char *why, hr_error *err)
{
    return hr_fail(err, HR_E_PARSE, "%s is damaged: batch at byte %llu: %s", at->from->path,
                   (unsigned long long)at->batch->offset, why);
}

/* The file is open only while it is read, so that thousands of tables need no more descriptors
 * than there are threads. */
static hr_status read_bytes(const place *at, void *out, hr_error *err)
{
    const int fd = open(at->from->path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return hr_fail_errno(err, errno, "cannot open %s", at->from->path);
    const hr_status st =
        hr_read_at(fd, out, at->batch->length, at->batch->offset, at->from->path, err);
    (void)close(fd);
    return st;
}

/* The message's bytes, checked, in an Arrow buffer. */
static hr_status read_message(const place *at, struct ArrowBuffer *out, hr_error *err)
{
    ArrowBufferInit(out);
    if (ArrowBufferResize(out, (int64_t)at->batch->length, 0) != NANOARROW_OK)
        return hr_nomem(err);
    HR_TRY(read_bytes(at, out->data, err));
    if (XXH3_64bits(out->data, at->batch->length) != at->batch->hash)
        return damaged(at, "its checksum is wrong", err);
    return HR_OK;
}

static hr_status decode_with(struct ArrowIpcDecoder *decoder, const place *at,
                             struct ArrowBuffer *message, struct ArrowArray *out, hr_error *err)
{
    struct ArrowError why = {{0}};
    struct ArrowBufferView view = {.data.data = message->data, .size_bytes = message->size_bytes};
    struct ArrowBuffer shared;
    ArrowErrorCode rc =
        ArrowIpcDecoderSetSchema(decoder, (struct ArrowSchema *)(uintptr_t)&at->from->schema, &why);

    if (rc == NANOARROW_OK)
        rc = ArrowIpcDecoderVerifyHeader(decoder, view, &why);
    if (rc == NANOARROW_OK)
        rc = ArrowIpcDecoderDecodeHeader(decoder, view, &why);
    if (rc != NANOARROW_OK)
        return damaged(at, why.message, err);
    if (decoder->message_type != NANOARROW_IPC_MESSAGE_TYPE_RECORD_BATCH)
        return damaged(at, "it is no record batch", err);

    /* The body is a window into the message, which the shared buffer then owns. */
    const int64_t header = decoder->header_size_bytes;
    rc = ArrowSharedBufferInit(&shared, message);
    if (rc != NANOARROW_OK)
        return hr_nomem(err);
    shared.data += header;
    shared.size_bytes -= header;
    rc = ArrowIpcDecoderDecodeArrayFromShared(decoder, &shared, -1, out,
                                              NANOARROW_VALIDATION_LEVEL_DEFAULT, &why);
    ArrowBufferReset(&shared);
    if (rc == ENOMEM || (rc == NANOARROW_OK && !out->release)) /* nanoarrow may say either */
        return hr_nomem(err);
    return rc == NANOARROW_OK ? HR_OK : damaged(at, why.message, err);
}

static hr_status decode(const place *at, struct ArrowArray *out, hr_error *err)
{
    struct ArrowIpcDecoder decoder;
    struct ArrowBuffer message;

    if (ArrowIpcDecoderInit(&decoder) != NANOARROW_OK)
        return hr_nomem(err);
    hr_status st = read_message(at, &message, err);
    if (st == HR_OK)
        st = decode_with(&decoder, at, &message, out, err);
    ArrowBufferReset(&message);
    ArrowIpcDecoderReset(&decoder);
    return st;
}

static hr_status next_batch(void *self, struct ArrowArray *out, hr_error *err)
{
    hr_package_reader *r = self;
    const size_t i = atomic_fetch_add(&r->next, 1);
    struct ArrowArray read = {0};

    out->release = NULL;
    if (i >= r->n_places)
        return HR_OK;
    const place *at = &r->places[i];
    HR_TRY(decode(at, &read, err));
    if (read.length != (int64_t)at->batch->rows) {
        read.release(&read);
        return damaged(at, "it has another number of rows than the manifest says", err);
    }
    const hr_conform how = {.from = at->from->file->fields,
                            .n_from = at->from->file->n_fields,
                            .target_of = at->from->target_of,
                            .to = r->fields,
                            .n_to = r->n_fields,
                            .zeros = r->zeros};
    return hr_conform_batch(&how, &read, out, err);
}

static void rewind_batches(void *self)
{
    hr_package_reader *r = self;

    atomic_store(&r->next, 0);
}

hr_status hr_package_reader_new(hr_package_reader **out, const hr_package *p, const hr_table *table,
                                hr_error *err)
{
    hr_package_reader *r = hr_calloc(1, sizeof(*r));

    if (!r)
        return hr_nomem(err);
    r->batches =
        (hr_batches){.self = r, .schema = &r->schema, .next = next_batch, .rewind = rewind_batches};
    hr_status st = choose_fields(r, p, table, err);
    if (st == HR_OK)
        st = open_sources(r, p, table, err);
    if (st != HR_OK)
        hr_package_reader_free(r);
    else
        *out = r;
    return st;
}

const hr_batches *hr_package_reader_batches(const hr_package_reader *r)
{
    return &r->batches;
}

void hr_package_reader_free(hr_package_reader *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n_sources; i++) {
        source *s = &r->sources[i];

        if (s->schema.release)
            s->schema.release(&s->schema);
        hr_free(s->target_of);
        hr_free(s->path);
    }
    if (r->schema.release)
        r->schema.release(&r->schema);
    hr_free(r->sources);
    hr_free(r->places);
    hr_map_release(&r->by_name);
    hr_free(r->fields);
    hr_free(r->zeros);
    hr_free(r);
}
