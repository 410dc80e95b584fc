#include "destination/duckdb/instance.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/mem.h"
#include "base/time.h"
#include "destination/duckdb/holder.h"
#include "destination/duckdb/scan.h"
#include "headrace/headrace.h"

/* Files of this version open in every DuckDB that Headrace works with. Older ones cost a sixth
 * more time for repeated texts, newer ones gain nothing: see docs/benchmarks.md. */
static const char default_storage_version[] = "v1.4.0";

static pthread_mutex_t instances_lock = PTHREAD_MUTEX_INITIALIZER;
static dk_instance *instances;

static hr_status status_of(int error_type)
{
    switch (error_type) {
    case DK_ERROR_OUT_OF_RANGE:
    case DK_ERROR_CONVERSION:
    case DK_ERROR_CONSTRAINT:
        return HR_E_SCHEMA;
    case DK_ERROR_IO:
        return HR_E_IO;
    case DK_ERROR_INTERRUPT:
        return HR_E_CANCELLED;
    case DK_ERROR_OUT_OF_MEMORY:
        return HR_E_NOMEM;
    case DK_ERROR_RESOURCE_IN_USE:
        return HR_E_BUSY;
    default:
        return HR_E_REMOTE;
    }
}

hr_status dk_fail_result(const dk_library *lib, dk_result *result, hr_error *err)
{
    const char *const text = lib->result_error(result);
    const int type = lib->result_error_type(result);
    const hr_status st = status_of(type);

    if (type == DK_ERROR_OUT_OF_MEMORY && text) /* what follows is advice on settings we make */
        hr_fail(err, st, "the memory limit (--mem) is too small for this; raise it: %.*s",
                (int)strcspn(text, "\n"), text);
    else
        hr_fail(err, st, "%s", text ? text : "DuckDB gave no reason");
    if (err)
        err->retryable = type == DK_ERROR_TRANSACTION || st == HR_E_BUSY;
    lib->destroy_result(result);
    return st;
}

hr_status dk_run(const dk_library *lib, dk_connection con, const char *sql, hr_error *err)
{
    dk_result result = {0};

    if (lib->query(con, sql, &result) != 0)
        return dk_fail_result(lib, &result, err);
    lib->destroy_result(&result);
    return HR_OK;
}

/* ---- Where the file is. ---- */

/* The absolute path of a file that may not be there yet. */
static hr_status resolve(const char *path, char **out, hr_error *err)
{
    char full[PATH_MAX], folder[PATH_MAX];
    const char *const slash = strrchr(path, '/');
    const char *const name = slash ? slash + 1 : path;

    if (!realpath(path, full)) {
        if (errno != ENOENT)
            return hr_fail_errno(err, errno, "the database file %s", path);
        (void)snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path + 1) : 1,
                       slash ? path : ".");
        if (!realpath(folder, full))
            return hr_fail_errno(err, errno, "the folder of the database file %s", path);

        const size_t n = strlen(full);

        if (n + strlen(name) + 2 > sizeof(full))
            return hr_fail_errno(err, ENAMETOOLONG, "the database file %s", path);
        (void)snprintf(full + n, sizeof(full) - n, "%s%s", full[n - 1] == '/' ? "" : "/", name);
    }
    *out = hr_strdup(full);
    return *out ? HR_OK : hr_nomem(err);
}

static bool is_taken(const char *name, const char *dataset)
{
    static const char *const own[] = {"memory", "system",     "temp",
                                      "main",   "pg_catalog", "information_schema"};

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (strcasecmp(name, own[i]) == 0)
            return true;
    }
    return dataset && strcasecmp(name, dataset) == 0;
}

/* The file is attached under DuckDB's own name for it, the file name up to the first dot, so
 * that views and habits keep working; unless that is the dataset's name too, for then
 * dataset.table would be ambiguous. */
static hr_status name_catalog(const char *path, const char *dataset, char **out, hr_error *err)
{
    const char *const name = strrchr(path, '/') + 1;
    const int n = (int)strcspn(name, ".");
    hr_buf buf = {0};

    hr_buf_addf(&buf, "%.*s", n, name);
    if (n == 0 || (buf.data && is_taken(buf.data, dataset)))
        hr_buf_addz(&buf, "_db");
    *out = hr_buf_take(&buf);
    return *out ? HR_OK : hr_nomem(err);
}

/* ---- Opening. ---- */

static hr_status set(const dk_library *lib, dk_config config, const char *name, const char *value,
                     hr_error *err)
{
    if (lib->set_config(config, name, value) == 0)
        return HR_OK;
    return hr_fail(err, HR_E_CONFIG, "destination URL: DuckDB has no setting %s=%s", name, value);
}

static hr_status set_number(const dk_library *lib, dk_config config, const char *name,
                            uint64_t value, const char *unit, hr_error *err)
{
    char text[32];

    if (value == 0)
        return HR_OK;
    (void)snprintf(text, sizeof(text), "%llu%s", (unsigned long long)value, unit);
    return set(lib, config, name, text, err);
}

static hr_status configure(const dk_instance *in, dk_config config, const dk_url *url,
                           const hr_destination_settings *s, hr_error *err)
{
    const dk_library *const lib = in->lib;
    char temp[PATH_MAX + 8];

    (void)snprintf(temp, sizeof(temp), "%s.tmp", in->path);
    HR_TRY(set(lib, config, "temp_directory", temp, err));
    HR_TRY(set(lib, config, "autoinstall_known_extensions", "false", err));
    HR_TRY(set(lib, config, "autoload_known_extensions", "false", err));
    /* Without it one thread alone would compress; readers keep the order of rows. */
    HR_TRY(set(lib, config, "preserve_insertion_order", s->read_only ? "true" : "false", err));
    HR_TRY(set_number(lib, config, "memory_limit", s->memory_limit, "B", err));
    HR_TRY(set_number(lib, config, "threads", s->threads, "", err));
    for (size_t i = 0; i < url->n_options; i++)
        HR_TRY(set(lib, config, url->options[i].name, url->options[i].value, err));
    return HR_OK;
}

/* Opens an empty database in memory, to which the file is attached. */
static hr_status open_engine(dk_instance *in, const dk_url *url, const hr_destination_settings *s,
                             hr_error *err)
{
    const dk_library *const lib = in->lib;
    dk_config config = NULL;
    char *why = NULL;

    if (lib->create_config(&config) != 0)
        return hr_nomem(err);

    hr_status st = configure(in, config, url, s, err);

    if (st == HR_OK && lib->open_ext(":memory:", &in->db, config, &why) != 0)
        st = hr_fail(err, HR_E_CONFIG, "DuckDB does not start: %s", why ? why : "no reason given");
    lib->free(why);
    lib->destroy_config(&config);
    return st;
}

/* ATTACH 'path' AS "catalog" (options) */
static hr_status attach(const dk_instance *in, dk_connection con, const char *path,
                        const char *storage_version, hr_error *err)
{
    hr_buf sql = {0};

    hr_buf_addz(&sql, "ATTACH ");
    hr_sql_literal(&sql, hr_str_from(path));
    hr_buf_addz(&sql, " AS ");
    hr_sql_identifier(&sql, hr_str_from(in->catalog));
    hr_buf_addz(&sql, in->read_only ? " (READ_ONLY" : " (READ_WRITE");
    if (storage_version) {
        hr_buf_addz(&sql, ", STORAGE_VERSION ");
        hr_sql_literal(&sql, hr_str_from(storage_version));
    }
    if (in->row_group)
        hr_buf_addf(&sql, ", ROW_GROUP_SIZE %u", in->row_group);
    hr_buf_addz(&sql, ")");

    hr_status st = hr_buf_status(&sql, err);

    if (st == HR_OK)
        st = dk_run(in->lib, con, sql.data, err);
    hr_buf_release(&sql);
    return st;
}

static hr_status detach(const dk_instance *in, dk_connection con, hr_error *err)
{
    hr_buf sql = {0};

    hr_buf_addz(&sql, "DETACH ");
    hr_sql_identifier(&sql, hr_str_from(in->catalog));

    hr_status st = hr_buf_status(&sql, err);

    if (st == HR_OK)
        st = dk_run(in->lib, con, sql.data, err);
    hr_buf_release(&sql);
    return st;
}

/* Gives the new file its name, unless another process was faster. */
static hr_status publish(const char *from, const char *to, bool replaces_empty, hr_error *err)
{
    if (!replaces_empty && (link(from, to) == 0 || errno == EEXIST)) {
        HR_FAULT_POINT("duckdb.linked");
        unlink(from);
        return HR_OK;
    }
    if (rename(from, to) == 0)
        return HR_OK;

    const int why = errno;

    unlink(from);
    return hr_fail_errno(err, why, "the new database file %s", to);
}

/* The process that makes file `found` for the database file `name`; 0: it is another file. */
static int maker_of(const char *found, const char *name)
{
    int pid = 0;

    if (dk_scan_word(&found, name) && dk_scan_word(&found, ".") && dk_scan_int(&found, &pid) &&
        strcmp(found, ".new") == 0)
        return pid;
    return 0;
}

/* Files that processes which are no more left half made, or with a second name. */
static void remove_half_made(const char *path)
{
    const char *const name = strrchr(path, '/') + 1;
    char found[PATH_MAX];

    (void)snprintf(found, sizeof(found), "%.*s", (int)(name - path), path);
    DIR *const folder = opendir(found);
    if (!folder)
        return;
    for (struct dirent *e; (e = readdir(folder));) { // NOLINT(concurrency-mt-unsafe): own DIR
        const int pid = maker_of(e->d_name, name);

        if (pid == 0 || kill(pid, 0) == 0 || errno != ESRCH)
            continue;
        const int wrote =
            snprintf(found, sizeof(found), "%.*s%s", (int)(name - path), path, e->d_name);
        if (wrote > 0 && (size_t)wrote < sizeof(found))
            unlink(found);
    }
    closedir(folder);
}

/* A file that is killed half made would be refused for ever after, so it is made under another
 * name. */
static hr_status create_file(const dk_instance *in, dk_connection con, const dk_url *url,
                             bool replaces_empty, hr_error *err)
{
    const char *const version =
        url->storage_version ? url->storage_version : default_storage_version;
    hr_buf temp = {0};

    remove_half_made(in->path);
    hr_buf_addf(&temp, "%s.%ld.new", in->path, (long)getpid());

    hr_status st = hr_buf_status(&temp, err);

    if (st == HR_OK)
        st = attach(in, con, temp.data, version, err);
    if (st == HR_OK)
        st = detach(in, con, err);
    HR_FAULT_POINT("duckdb.before_publish");
    if (st == HR_OK)
        st = publish(temp.data, in->path, replaces_empty, err);
    else if (temp.data)
        unlink(temp.data);
    hr_buf_release(&temp);
    return st;
}

/* What DuckDB says of other files depends on what it takes them for. */
static bool is_other_file(const char *path)
{
    struct stat info;
    char head[12] = {0}; /* a checksum, then the mark */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return false;
    const bool plain = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    const ssize_t n = plain ? pread(fd, head, sizeof(head), 0) : -1;
    close(fd);
    return n >= 0 && memcmp(head + 8, "DUCK", 4) != 0;
}

static hr_status open_file(const dk_instance *in, const dk_url *url, hr_error *err)
{
    dk_connection con = NULL;
    struct stat info;
    const bool exists = stat(in->path, &info) == 0;
    hr_status st = HR_OK;

    if (in->lib->connect(in->db, &con) != 0)
        return hr_nomem(err);
    /* Results must not depend on where the machine stands. */
    st = dk_run(in->lib, con, "SET GLOBAL TimeZone = 'UTC'", err);
    if (exists && !in->read_only && info.st_nlink > 1) /* killed between link and unlink */
        remove_half_made(in->path);
    if (st == HR_OK && !in->read_only && (!exists || (info.st_size == 0 && S_ISREG(info.st_mode))))
        st = create_file(in, con, url, exists, err);
    if (st == HR_OK)
        st = attach(in, con, in->path, NULL, err);
    if (st != HR_OK && exists && is_other_file(in->path))
        st = hr_fail(err, HR_E_IO, "the file %s is not a valid DuckDB database", in->path);
    else if (st != HR_OK)
        st = dk_name_holder(st, err);
    in->lib->disconnect(&con);
    return st;
}

/* ---- The list of instances. ---- */

static void destroy(dk_instance *in)
{
    if (in->db)
        in->lib->close(&in->db);
    hr_free(in->path);
    hr_free(in->catalog);
    hr_free(in);
}

/* What an open segment of a column counts against the memory limit, touched or not. Seen with
 * 10,000 columns of text, with 2.0.0 and 1.5.6. */
static const uint64_t segment_bytes = 192U << 10;

/* Each thread gathers a row group before it compresses it, and what is left of the last ones is
 * compressed by one thread at the end: a table of fewer rows than a row group a thread is
 * compressed by one thread alone. So there are several row groups a thread, and they have at most
 * half of DuckDB's 122,880 rows, which costs a twentieth in size. For wide rows even that is more
 * than the memory limit holds, and would be written to temporary files and read back. */
static unsigned row_group_rows(const hr_destination_settings *s, uint64_t least)
{
    const uint64_t step = 2048; /* DuckDB's vector */
    const uint64_t most = 61440;
    const unsigned threads = s->threads ? s->threads : 1;

    if (!s->row_bytes || !s->memory_limit)
        return 0;
    const uint64_t fitting = s->memory_limit / (3 * (uint64_t)threads) / s->row_bytes;
    const uint64_t fair = s->rows / (8 * (uint64_t)threads);
    const uint64_t rows = (fitting < fair ? fitting : fair) / step * step;
    return (unsigned)(rows < least ? least : rows > most ? most : rows);
}

/* Settings for the tables to come. Thousands of columns count for more than the limit before
 * there is a row in them; they get one thread, small row groups, and a limit that admits them.
 * What is really used stays near rows times width. */
static hr_destination_settings fit_tables(const hr_destination_settings *s, unsigned *row_group)
{
    const uint64_t segments = s->columns * segment_bytes;
    hr_destination_settings fitting = *s;

    if (s->memory_limit && segments > s->memory_limit / 2) {
        fitting.threads = 1;
        *row_group = row_group_rows(&fitting, 2048);
        fitting.memory_limit += segments;
    } else {
        *row_group = row_group_rows(&fitting, 10240);
    }
    return fitting;
}

static hr_status open_new(dk_instance **out, const char *path, const dk_url *url,
                          const hr_destination_settings *s, hr_error *err)
{
    dk_instance *const in = hr_calloc(1, sizeof(*in));
    hr_status st;

    if (!in)
        return hr_nomem(err);

    const hr_destination_settings fitting = fit_tables(s, &in->row_group);

    in->read_only = s->read_only || url->read_only;
    in->threads = fitting.threads;
    in->refs = 1;
    in->path = hr_strdup(path);
    st = in->path ? dk_library_get(&in->lib, err) : hr_nomem(err);
    if (st == HR_OK)
        st = name_catalog(path, s->dataset, &in->catalog, err);
    if (st == HR_OK)
        st = open_engine(in, url, &fitting, err);
    if (st == HR_OK)
        st = open_file(in, url, err);
    if (st != HR_OK) {
        destroy(in);
        return st;
    }
    in->next = instances;
    instances = in;
    *out = in;
    return HR_OK;
}

static dk_instance *find_instance(const char *path)
{
    dk_instance *in = instances;

    while (in && strcmp(in->path, path) != 0)
        in = in->next;
    return in;
}

static hr_status fail_open_for_reading(const char *path, hr_error *err)
{
    (void)hr_fail(err, HR_E_BUSY,
                  "the database file %s is open for reading in this process, and stayed so; "
                  "release the results of queries, then run this again",
                  path);
    if (err)
        err->retryable = true;
    return HR_E_BUSY;
}

static const double patience = 10; /* seconds */

/* Who wants to write while others of this process read waits for them: another thread may be about
 * to be done. Called, and returns, with the lock held. */
static hr_status wait_for_readers(const char *path, const atomic_bool *cancelled, hr_error *err)
{
    const double begun = hr_seconds();
    const struct timespec pause = {.tv_nsec = 10000000};

    for (dk_instance *in; (in = find_instance(path)) && in->read_only;) {
        if (cancelled && atomic_load(cancelled))
            return hr_fail(err, HR_E_CANCELLED, "cancelled");
        if (hr_seconds() - begun > patience)
            return fail_open_for_reading(path, err);
        pthread_mutex_unlock(&instances_lock);
        (void)nanosleep(&pause, NULL);
        pthread_mutex_lock(&instances_lock);
    }
    return HR_OK;
}

/* Nothing is there, or a file that somebody made to be filled. */
static bool is_still_to_come(const char *path)
{
    struct stat info;

    if (stat(path, &info) != 0)
        return errno == ENOENT;
    return S_ISREG(info.st_mode) && info.st_size == 0;
}

static hr_status get_locked(dk_instance **out, const char *path, const dk_url *url,
                            const hr_destination_settings *s, hr_error *err)
{
    const bool read_only = s->read_only || url->read_only;

    if (!read_only)
        HR_TRY(wait_for_readers(path, s->cancelled, err));
    *out = find_instance(path);
    if (*out) {
        (*out)->refs++;
        return HR_OK;
    }
    if (s->read_only && is_still_to_come(path)) {
        const dk_library *lib = NULL;

        return dk_library_get(&lib, err); /* that it is missing is better known now than later */
    }
    return open_new(out, path, url, s, err);
}

hr_status dk_instance_get(dk_instance **out, const dk_url *url,
                          const hr_destination_settings *settings, hr_error *err)
{
    char *path = NULL;
    hr_error why = {0};

    *out = NULL;

    hr_status st = resolve(url->path, &path, &why);

    if (st == HR_OK) {
        pthread_mutex_lock(&instances_lock);
        st = get_locked(out, path, url, settings, &why);
        pthread_mutex_unlock(&instances_lock);
    } else if (settings->read_only && why.os_errno == ENOENT) {
        st = HR_OK;
    }
    hr_free(path);
    if (st != HR_OK && err)
        *err = why;
    return st;
}

void dk_instance_unref(dk_instance *in)
{
    if (!in)
        return;
    pthread_mutex_lock(&instances_lock);
    if (--in->refs == 0) {
        dk_instance **at = &instances;

        while (*at != in)
            at = &(*at)->next;
        *at = in->next;
        /* Still under the lock: nobody may open the file while it is being closed. */
        destroy(in);
    }
    pthread_mutex_unlock(&instances_lock);
}
