#include "destination/duckdb/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/mem.h"
#include "destination/duckdb/holder.h"
#include "destination/duckdb/scan.h"
#include "headrace/headrace.h"

/* Files of this version open in every DuckDB that Headrace works with. Older ones cost a sixth
 * more time for repeated texts, newer ones gain nothing: see docs/benchmarks.md. */
static const char default_storage_version[] = "v1.4.0";

/* ---- where it is ---- */

hr_status dk_file_resolve(const char *path, char **out, hr_error *err)
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

hr_status dk_file_name_catalog(const char *path, const char *dataset, char **out, hr_error *err)
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

/* ---- attaching it ---- */

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
    if (storage_version && in->block_size)
        hr_buf_addf(&sql, ", BLOCK_SIZE %u", in->block_size);
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

/* ---- making it ---- */

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

/* ---- opening it ---- */

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

hr_status dk_file_open(const dk_instance *in, const dk_url *url, hr_error *err)
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
