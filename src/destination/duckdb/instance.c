#include "destination/duckdb/instance.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/mem.h"
#include "base/time.h"
#include "destination/duckdb/file.h"
#include "headrace/headrace.h"

static pthread_mutex_t instances_lock = PTHREAD_MUTEX_INITIALIZER;
static dk_instance *instances;

/* ---- the engine ---- */

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

/* ---- the list of instances ---- */

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

/* When DuckDB writes a row group, each of its columns holds a block until the last one is written:
 * 1.3 GB for 5000 columns and three rows. A file that begins with such a table gets the smallest
 * blocks there are, and needs a sixth. Seen with 2.0.0. */
enum { MANY_COLUMNS = 1000, SMALLEST_BLOCK = 16384 };

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
    in->block_size = s->columns >= MANY_COLUMNS ? SMALLEST_BLOCK : 0;
    in->refs = 1;
    in->path = hr_strdup(path);
    st = in->path ? dk_library_get(&in->lib, err) : hr_nomem(err);
    if (st == HR_OK)
        st = dk_file_name_catalog(path, s->dataset, &in->catalog, err);
    if (st == HR_OK)
        st = open_engine(in, url, &fitting, err);
    if (st == HR_OK)
        st = dk_file_open(in, url, err);
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

    hr_status st = dk_file_resolve(url->path, &path, &why);

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
