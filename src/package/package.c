#include "package/package.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <yyjson.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "package/package_int.h"
#include "json/json.h"

static const char begun_name[] = "begun.json";
static const char manifest_name[] = "manifest.json";
static const char loaded_name[] = "loaded.json";

static hr_package *new_package(const char *packages, const char *load_id)
{
    hr_package *p = hr_calloc(1, sizeof(*p));

    if (!p)
        return NULL;
    p->dir = hr_path_join(packages, load_id);
    p->lock = hr_malloc(sizeof(pthread_mutex_t));
    if (!p->dir || !p->lock) {
        hr_free(p->dir);
        hr_free(p->lock);
        hr_free(p);
        return NULL;
    }
    pthread_mutex_init(p->lock, NULL);
    (void)snprintf(p->load_id, sizeof(p->load_id), "%s", load_id);
    return p;
}

void hr_package_free(hr_package *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n_files; i++)
        hr_package_file_free(p->files[i]);
    hr_free(p->files);
    pthread_mutex_destroy(p->lock);
    hr_free(p->lock);
    hr_free(p->dir);
    hr_free(p->created_at);
    hr_free(p->place);
    hr_free(p->base_hash);
    hr_free(p->schema);
    hr_free(p->replaced);
    hr_free(p->dropped);
    hr_free(p->truncated);
    hr_free(p->resources);
    hr_free(p->state.pipeline_name);
    hr_free(p->state.encoded);
    hr_free(p->state.hash);
    hr_free(p);
}

static hr_status file_in(const hr_package *p, const char *name, char **out, hr_error *err)
{
    *out = hr_path_join(p->dir, name);
    return *out ? HR_OK : hr_nomem(err);
}

static char *now_text(void)
{
    const time_t now = time(NULL);
    struct tm tm;
    char text[32];

    gmtime_r(&now, &tm);
    (void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    return hr_strdup(text);
}

static hr_status write_begun(const hr_package *p, hr_error *err)
{
    hr_buf text = {0};
    char *path = NULL;

    hr_buf_addf(&text,
                "{\"load_id\":\"%s\",\"created_at\":\"%s\",\"pid\":%ld,\"rereadable\":%s,"
                "\"resources\":%s}\n",
                p->load_id, p->created_at, (long)getpid(), p->rereadable ? "true" : "false",
                p->resources);
    hr_status st = hr_buf_status(&text, err);
    if (st == HR_OK)
        st = file_in(p, begun_name, &path, err);
    if (st == HR_OK)
        st = hr_replace_file(path, hr_buf_str(&text), false, err);
    hr_free(path);
    hr_buf_release(&text);
    return st;
}

hr_status hr_package_begin(hr_package **out, const char *packages, const char *load_id,
                           bool rereadable, const char *resources_json, hr_error *err)
{
    hr_package *p = new_package(packages, load_id);

    if (!p)
        return hr_nomem(err);
    p->rereadable = rereadable;
    p->resources = hr_strdup(resources_json);
    p->created_at = now_text();
    hr_status st = p->resources && p->created_at ? HR_OK : hr_nomem(err);
    if (st == HR_OK)
        st = hr_make_folders(p->dir, err);
    if (st == HR_OK)
        st = write_begun(p, err);
    if (st != HR_OK) {
        (void)hr_remove_tree(p->dir, NULL);
        hr_package_free(p);
        return st;
    }
    HR_FAULT_POINT("package.begun");
    *out = p;
    return HR_OK;
}

hr_status hr_package_open(hr_package **out, const char *packages, const char *load_id,
                          hr_error *err)
{
    hr_package *p = new_package(packages, load_id);
    hr_buf text = {0};
    char *path = NULL;

    if (!p)
        return hr_nomem(err);
    hr_status st = file_in(p, manifest_name, &path, err);
    if (st == HR_OK && !hr_path_exists(path))
        st = hr_fail(err, HR_E_USAGE, "there is no complete package %s", load_id);
    if (st == HR_OK)
        st = hr_read_file(path, &text, err);
    if (st == HR_OK)
        st = hr_manifest_parse(p, hr_buf_str(&text), err);
    hr_buf_release(&text);
    hr_free(path);
    if (st != HR_OK)
        hr_package_free(p);
    else
        *out = p;
    return st;
}

static hr_status sync_data(const hr_package *p, hr_error *err)
{
    for (size_t i = 0; i < p->n_files; i++) {
        char *path = NULL;

        HR_TRY(file_in(p, p->files[i]->name, &path, err));
        const hr_status st = hr_sync_path(path, err);
        hr_free(path);
        HR_TRY(st);
    }
    return HR_OK;
}

hr_status hr_package_seal(hr_package *p, hr_error *err)
{
    const bool durable = !p->rereadable;
    hr_buf text = {0};
    char *path = NULL;
    hr_status st = durable ? sync_data(p, err) : HR_OK;

    HR_FAULT_POINT("package.before_manifest");
    if (st == HR_OK)
        st = hr_manifest_write(p, &text, err);
    if (st == HR_OK)
        st = file_in(p, manifest_name, &path, err);
    if (st == HR_OK)
        st = hr_replace_file(path, hr_buf_str(&text), durable, err);
    if (st == HR_OK && durable) { /* and the folder's own entry */
        hr_free(path);
        st = file_in(p, "..", &path, err);
        if (st == HR_OK)
            st = hr_sync_path(path, err);
    }
    hr_free(path);
    hr_buf_release(&text);
    return st;
}

uint64_t hr_package_rows(const hr_package *p, hr_str table)
{
    uint64_t rows = 0;

    for (size_t i = 0; i < p->n_files; i++) {
        if (!hr_str_eq(hr_str_from(p->files[i]->table), table))
            continue;
        for (size_t k = 0; k < p->files[i]->n_batches; k++)
            rows += p->files[i]->batches[k].rows;
    }
    return rows;
}

uint64_t hr_package_row_bytes(const hr_package *p)
{
    uint64_t most = 0;
    uint64_t row_bytes = 0;

    for (size_t i = 0; i < p->n_files; i++) {
        const hr_str table = hr_str_from(p->files[i]->table);
        const uint64_t rows = hr_package_rows(p, table);
        uint64_t bytes = 0;

        for (size_t k = 0; k < p->n_files; k++)
            bytes += hr_str_eq(hr_str_from(p->files[k]->table), table) ? p->files[k]->bytes : 0;
        if (bytes > most && rows) {
            most = bytes;
            row_bytes = bytes / rows;
        }
    }
    return row_bytes;
}

/* What is kept of a loaded package: rows and bytes per table. */
static hr_status loaded_record(const hr_package *p, hr_buf *out, hr_error *err)
{
    hr_buf_addf(
        out,
        "{\"load_id\":\"%s\",\"created_at\":\"%s\",\"rereadable\":%s,\"resources\":%s,\"tables\":{",
        p->load_id, p->created_at, p->rereadable ? "true" : "false", p->resources);
    for (size_t i = 0, n = 0; i < p->n_files; i++) {
        const hr_str table = hr_str_from(p->files[i]->table);
        bool told = false;

        for (size_t k = 0; k < i && !told; k++)
            told = hr_str_eq(table, hr_str_from(p->files[k]->table));
        if (!told)
            hr_buf_addf(out, "%s\"%s\":%llu", n++ ? "," : "", p->files[i]->table,
                        (unsigned long long)hr_package_rows(p, table));
    }
    hr_buf_addz(out, "}}\n");
    return hr_buf_status(out, err);
}

static bool has_file(const char *dir, const char *name)
{
    char *path = hr_path_join(dir, name);
    const bool there = path && hr_path_exists(path);

    hr_free(path);
    return there;
}

static bool is_kept(const char *name)
{
    return strcmp(name, begun_name) == 0 || strcmp(name, loaded_name) == 0 ||
           strcmp(name, manifest_name) == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool remove_in(const char *dir, const char *name)
{
    char *path = hr_path_join(dir, name);
    const bool gone = path && (unlink(path) == 0 || errno == ENOENT);

    hr_free(path);
    return gone;
}

/* The manifest goes last: while it is there, so may be the data. */
static void remove_data(const char *dir)
{
    DIR *folder = opendir(dir);
    bool gone = folder != NULL;

    if (!folder)
        return;
    for (struct dirent *e; (e = readdir(folder));) // NOLINT(concurrency-mt-unsafe): own DIR
        gone = (is_kept(e->d_name) || remove_in(dir, e->d_name)) && gone;
    (void)closedir(folder);
    if (gone)
        (void)remove_in(dir, manifest_name);
}

hr_status hr_package_mark_loaded(hr_package *p, hr_error *err)
{
    hr_buf text = {0};
    char *path = NULL;
    hr_status st = loaded_record(p, &text, err);

    if (st == HR_OK)
        st = file_in(p, loaded_name, &path, err);
    if (st == HR_OK)
        st = hr_replace_file(path, hr_buf_str(&text), false, err);
    hr_free(path);
    hr_buf_release(&text);
    HR_FAULT_POINT("package.recorded");
    if (st == HR_OK)
        remove_data(p->dir);
    return st;
}

void hr_package_tidy(const char *packages, const char *load_id)
{
    char *dir = hr_path_join(packages, load_id);

    if (dir && has_file(dir, manifest_name))
        remove_data(dir);
    hr_free(dir);
}

hr_status hr_package_discard(const char *packages, const char *load_id, hr_error *err)
{
    char *dir = hr_path_join(packages, load_id);

    if (!dir)
        return hr_nomem(err);
    const hr_status st = hr_remove_tree(dir, err);
    hr_free(dir);
    return st;
}

/* ---- the folder of packages ---- */

static bool names_load_id(const char *name)
{
    const size_t n = strspn(name, "0123456789.");

    return n > 0 && name[n] == '\0' && name[0] != '.' &&
           n < sizeof(((hr_package_entry *)0)->load_id);
}

/* What cannot be looked at is an error: a package taken for less than it is would be thrown away,
 * or loaded twice. */
static hr_status look_for(const char *dir, const char *name, bool *there, hr_error *err)
{
    char *path = hr_path_join(dir, name);
    struct stat info;

    if (!path)
        return hr_nomem(err);
    *there = stat(path, &info) == 0;
    const int why = *there ? 0 : errno;
    const hr_status st =
        why && why != ENOENT ? hr_fail_errno(err, why, "cannot look at %s", path) : HR_OK;
    hr_free(path);
    return st;
}

static hr_status parse_rereadable(const hr_buf *text, bool *yes, hr_error *err)
{
    yyjson_read_err why;
    yyjson_doc *doc = hr_json_read(hr_buf_str(text), 0, &why);

    if (!doc && why.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        return hr_nomem(err);
    *yes = yyjson_get_bool(yyjson_obj_get(yyjson_doc_get_root(doc), "rereadable"));
    yyjson_doc_free(doc);
    return HR_OK;
}

static hr_status read_rereadable(const char *dir, bool *yes, hr_error *err)
{
    char *path = hr_path_join(dir, begun_name);
    hr_buf text = {0};

    if (!path)
        return hr_nomem(err);
    hr_status st = hr_read_file(path, &text, err);
    if (st == HR_OK)
        st = parse_rereadable(&text, yes, err);
    hr_buf_release(&text);
    hr_free(path);
    return st;
}

static hr_status read_entry(const char *dir, hr_package_entry *entry, hr_error *err)
{
    bool begun, complete, loaded;

    HR_TRY(look_for(dir, begun_name, &begun, err));
    HR_TRY(look_for(dir, manifest_name, &complete, err));
    HR_TRY(look_for(dir, loaded_name, &loaded, err));
    if (loaded)
        entry->status = HR_PACKAGE_LOADED;
    else if (complete)
        entry->status = HR_PACKAGE_COMPLETE;
    else
        entry->status = begun ? HR_PACKAGE_BEGUN : HR_PACKAGE_BROKEN;
    return begun ? read_rereadable(dir, &entry->rereadable, err) : HR_OK;
}

static hr_status add_entry(const char *packages, const char *load_id, hr_package_entry **list,
                           size_t *n, size_t *cap, hr_error *err)
{
    char *dir = hr_path_join(packages, load_id);
    hr_package_entry entry = {0};
    hr_status st = dir ? read_entry(dir, &entry, err) : hr_nomem(err);

    memcpy(entry.load_id, load_id, strlen(load_id) + 1); /* names_load_id saw the length */
    if (st == HR_OK && !HR_PUSH(*list, *n, *cap, entry))
        st = hr_nomem(err);
    hr_free(dir);
    return st;
}

static int older_first(const void *a, const void *b)
{
    return strcmp(((const hr_package_entry *)a)->load_id, ((const hr_package_entry *)b)->load_id);
}

hr_status hr_package_list(const char *packages, hr_package_entry **out, size_t *n, hr_error *err)
{
    DIR *folder = opendir(packages);
    size_t cap = 0;
    hr_status st = HR_OK;

    *out = NULL;
    *n = 0;
    if (!folder)
        return errno == ENOENT ? HR_OK
                               : hr_fail_errno(err, errno, "cannot read the folder %s", packages);
    for (struct dirent *e; st == HR_OK && (e = readdir(folder));) { // NOLINT(concurrency-mt-unsafe)
        if (names_load_id(e->d_name))
            st = add_entry(packages, e->d_name, out, n, &cap, err);
    }
    (void)closedir(folder);
    if (st != HR_OK) {
        hr_free(*out);
        *out = NULL;
        *n = 0;
        return st;
    }
    if (*n)
        qsort(*out, *n, sizeof(**out), older_first);
    return HR_OK;
}
