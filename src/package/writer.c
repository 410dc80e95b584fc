#include <errno.h>
#include <fcntl.h>
#include <nanoarrow/nanoarrow.h>
#include <nanoarrow/nanoarrow_ipc.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "package/package.h"
#include "package/package_int.h"

/* A file that is being written. Its descriptor is open only while a batch goes out, so that
 * a thousand tables need no thousand descriptors. */
typedef struct open_file {
    hr_package_file *file;
    struct ArrowSchema schema;
    struct ArrowArrayView view;
    struct ArrowIpcWriter writer;
    char *path;
    int fd;
    XXH3_state_t *hash;
    hr_error error; /* of the output stream, which can only hand an errno through */
} open_file;

struct hr_package_writer {
    hr_package *package;
    hr_map by_table;
};

/* ---- the output stream under nanoarrow's writer ---- */

static ArrowErrorCode stream_write(struct ArrowIpcOutputStream *stream, const void *buf, int64_t n,
                                   int64_t *written, struct ArrowError *error)
{
    open_file *f = stream->private_data;

    (void)error;
    if (hr_write_all(f->fd, buf, (size_t)n, f->path, &f->error) != HR_OK)
        return EIO;
    XXH3_64bits_update(f->hash, buf, (size_t)n);
    f->file->bytes += (uint64_t)n;
    *written = n;
    return NANOARROW_OK;
}

static void stream_release(struct ArrowIpcOutputStream *stream)
{
    stream->release = NULL; /* the open_file is freed by its owner */
}

static hr_status arrow_failed(open_file *f, ArrowErrorCode rc, const struct ArrowError *why,
                              hr_error *err)
{
    if (rc == ENOMEM)
        return hr_nomem(err);
    if (f->error.status != HR_OK) {
        if (err)
            *err = f->error;
        return f->error.status;
    }
    return hr_fail(err, HR_E_IO, "cannot write %s: %s", f->path, why->message);
}

static hr_status open_descriptor(open_file *f, hr_error *err)
{
    f->fd = open(f->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    return f->fd < 0 ? hr_fail_errno(err, errno, "cannot create %s", f->path) : HR_OK;
}

static hr_status close_descriptor(open_file *f, hr_status st, hr_error *err)
{
    if (f->fd >= 0 && close(f->fd) != 0 && st == HR_OK)
        st = hr_fail_errno(err, errno, "cannot write %s", f->path);
    f->fd = -1;
    return st;
}

/* ---- files ---- */

static void free_open_file(open_file *f)
{
    if (!f)
        return;
    if (f->writer.private_data)
        ArrowIpcWriterReset(&f->writer);
    ArrowArrayViewReset(&f->view);
    if (f->schema.release)
        f->schema.release(&f->schema);
    (void)XXH3_freeState(f->hash);
    hr_free(f->path);
    hr_free(f);
}

static hr_status register_file(hr_package *p, const hr_batch *batch, hr_package_file **out,
                               hr_error *err)
{
    hr_package_file *file = hr_package_file_new(batch, err);

    if (!file)
        return err ? err->status : HR_E_NOMEM;
    pthread_mutex_lock(p->lock);
    char name[32];
    (void)snprintf(name, sizeof(name), "%04zu.arrow", p->n_files + 1);
    file->name = hr_strdup(name);
    const bool ok = file->name && HR_PUSH(p->files, p->n_files, p->cap_files, file);
    pthread_mutex_unlock(p->lock);
    if (!ok) {
        hr_package_file_free(file);
        return hr_nomem(err);
    }
    *out = file;
    return HR_OK;
}

/* Starts the writer over the stream; the descriptor is open. */
static hr_status start(open_file *f, hr_error *err)
{
    struct ArrowIpcOutputStream stream = {stream_write, stream_release, f};
    struct ArrowError why = {{0}};
    ArrowErrorCode rc = ArrowIpcWriterInit(&f->writer, &stream);

    if (rc == NANOARROW_OK)
        rc = ArrowIpcWriterStartFile(&f->writer, &why);
    if (rc == NANOARROW_OK)
        rc = ArrowIpcWriterWriteSchema(&f->writer, &f->schema, &why);
    if (rc == NANOARROW_OK)
        rc = ArrowArrayViewInitFromSchema(&f->view, &f->schema, &why);
    return rc == NANOARROW_OK ? HR_OK : arrow_failed(f, rc, &why, err);
}

static hr_status new_open_file(hr_package *p, const hr_batch *batch, open_file **out, hr_error *err)
{
    open_file *f = hr_calloc(1, sizeof(*f));

    if (!f)
        return hr_nomem(err);
    f->fd = -1;
    f->hash = XXH3_createState();
    hr_status st = f->hash ? register_file(p, batch, &f->file, err) : hr_nomem(err);
    if (st == HR_OK)
        st = hr_arrow_schema(&f->schema, f->file->fields, f->file->n_fields, err);
    if (st == HR_OK) {
        f->path = hr_path_join(p->dir, f->file->name);
        st = f->path ? open_descriptor(f, err) : hr_nomem(err);
    }
    if (st == HR_OK) {
        (void)XXH3_64bits_reset(f->hash);
        st = close_descriptor(f, start(f, err), err);
    }
    if (st != HR_OK)
        free_open_file(f);
    else
        *out = f;
    return st;
}

static hr_status finish(open_file *f, hr_error *err)
{
    struct ArrowError why = {{0}};

    HR_TRY(open_descriptor(f, err));
    const ArrowErrorCode rc = ArrowIpcWriterFinalizeFile(&f->writer, &why);
    return close_descriptor(f, rc == NANOARROW_OK ? HR_OK : arrow_failed(f, rc, &why, err), err);
}

/* ---- batches ---- */

/* Points nanoarrow's view of the batch at our buffers. */
static void fill_view(struct ArrowArrayView *view, const hr_batch *b)
{
    /* All that nanoarrow's encoder asks of the array behind a view. */
    static const struct ArrowArray two_buffers = {.n_buffers = 2};
    static const struct ArrowArray three_buffers = {.n_buffers = 3};

    view->length = b->n_rows;
    view->null_count = 0;
    view->offset = 0;
    for (size_t i = 0; i < b->n_columns; i++) {
        struct ArrowArrayView *child = view->children[i];
        const hr_batch_column *c = &b->columns[i];
        const size_t values = c->offsets ? 2 : 1;

        child->array = c->offsets ? &three_buffers : &two_buffers;
        child->length = b->n_rows;
        child->null_count = c->n_null;
        child->offset = 0;
        child->buffer_views[0].data.data = c->n_null ? c->validity : NULL;
        child->buffer_views[0].size_bytes = c->n_null ? (b->n_rows + 7) / 8 : 0;
        if (c->offsets) {
            child->buffer_views[1].data.data = c->offsets;
            child->buffer_views[1].size_bytes = (b->n_rows + 1) * (int64_t)sizeof(*c->offsets);
        }
        child->buffer_views[values].data.data = c->data;
        child->buffer_views[values].size_bytes = (int64_t)c->data_bytes;
    }
}

static hr_status write_message(open_file *f, const hr_batch *batch, hr_error *err)
{
    struct ArrowError why = {{0}};
    hr_package_batch entry = {.offset = f->file->bytes, .rows = (uint64_t)batch->n_rows};

    fill_view(&f->view, batch);
    (void)XXH3_64bits_reset(f->hash);
    const ArrowErrorCode rc = ArrowIpcWriterWriteArrayView(&f->writer, &f->view, &why);
    if (rc != NANOARROW_OK)
        return arrow_failed(f, rc, &why, err);
    entry.length = f->file->bytes - entry.offset;
    entry.hash = XXH3_64bits_digest(f->hash);
    return HR_PUSH(f->file->batches, f->file->n_batches, f->file->cap_batches, entry)
               ? HR_OK
               : hr_nomem(err);
}

hr_status hr_package_writer_new(hr_package_writer **out, hr_package *p, hr_error *err)
{
    hr_package_writer *w = hr_calloc(1, sizeof(*w));

    if (!w)
        return hr_nomem(err);
    w->package = p;
    *out = w;
    return HR_OK;
}

hr_status hr_package_write(hr_package_writer *w, const hr_batch *batch, hr_error *err)
{
    open_file *f = hr_map_get(&w->by_table, batch->table);

    if (f && !hr_package_file_has(f->file, batch)) {
        hr_map_remove(&w->by_table, batch->table);
        const hr_status st = finish(f, err);
        free_open_file(f);
        HR_TRY(st);
        f = NULL;
    }
    if (!f) {
        HR_TRY(new_open_file(w->package, batch, &f, err));
        if (!hr_map_put(&w->by_table, hr_str_from(f->file->table), f)) {
            free_open_file(f);
            return hr_nomem(err);
        }
    }
    HR_TRY(open_descriptor(f, err));
    HR_TRY(close_descriptor(f, write_message(f, batch, err), err));
    HR_FAULT_POINT("package.batch");
    return HR_OK;
}

hr_status hr_package_writer_finish(hr_package_writer *w, hr_error *err)
{
    for (size_t i = 0; i < w->by_table.cap; i++) {
        if (w->by_table.slots[i].value)
            HR_TRY(finish(w->by_table.slots[i].value, err));
    }
    return HR_OK;
}

void hr_package_writer_free(hr_package_writer *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->by_table.cap; i++)
        free_open_file(w->by_table.slots[i].value);
    hr_map_release(&w->by_table);
    hr_free(w);
}
