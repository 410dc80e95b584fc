/* The working folder: its files, and the lock that a run holds. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>
#include <yyjson.h>

#include "base/file.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "pipeline/pipeline_int.h"
#include "json/json.h"

char *hr_pipeline_path(const hr_pipeline *p, const char *name)
{
    return hr_path_join(p->dir, name);
}

char *hr_pipeline_place(const hr_pipeline *p)
{
    const char *const scheme = strstr(p->shown_url, "://");
    const char *const address = scheme ? scheme + strlen("://") : p->shown_url;
    const char *const name = address + strcspn(address, "/?");
    hr_buf text = {0};

    hr_buf_addf(&text, "%.*s%.*s, dataset %s", (int)(address - p->shown_url), p->shown_url,
                (int)strcspn(name, "?"), name, p->dataset);
    return hr_buf_take(&text);
}

hr_status hr_pipeline_write(const hr_pipeline *p, const char *name, hr_str text, hr_error *err)
{
    char *path = hr_pipeline_path(p, name);

    if (!path)
        return hr_nomem(err);
    hr_status st = hr_make_folders(p->dir, err);
    if (st == HR_OK)
        st = hr_replace_file(path, text, false, err);
    hr_free(path);
    return st;
}

static hr_status find_text(const hr_buf *file, const char *key, char **value, hr_error *err)
{
    yyjson_read_err why = {0};
    yyjson_doc *doc = hr_json_read(hr_buf_str(file), 0, &why);
    const char *found = yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(doc), key));
    hr_status st = HR_OK;

    if (!doc)
        st = why.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION
                 ? hr_nomem(err)
                 : hr_fail(err, HR_E_CONFIG, "it is no JSON");
    else if (!found || !found[0])
        st = hr_fail(err, HR_E_CONFIG, "it has no \"%s\"", key);
    else if (!(*value = hr_strdup(found)))
        st = hr_nomem(err);
    yyjson_doc_free(doc);
    return st;
}

hr_status hr_pipeline_remembered(const hr_pipeline *p, const char *key, char **value, hr_error *err)
{
    char *path = hr_pipeline_path(p, "pipeline.json");
    hr_buf file = {0};
    hr_error why = {0};

    *value = NULL;
    if (!path)
        return hr_nomem(err);
    hr_status st = hr_read_file(path, &file, &why);
    if (st == HR_OK)
        st = find_text(&file, key, value, &why);
    if (st == HR_E_NOMEM)
        st = hr_nomem(err);
    else if (why.os_errno == ENOENT)
        st = HR_OK;
    else if (st != HR_OK)
        st = hr_fail(err, HR_E_CONFIG,
                     "%s, which remembers where pipeline %s loads to, cannot be used: %s; say "
                     "--to and --dataset once more, and the next run writes it anew",
                     path, p->name, why.msg);
    hr_buf_release(&file);
    hr_free(path);
    return st;
}

hr_status hr_pipeline_remembered_copy(const hr_pipeline *p, const char *key, char **value,
                                      hr_error *err)
{
    const hr_status st = hr_pipeline_remembered(p, key, value, NULL);

    return st == HR_E_NOMEM ? hr_nomem(err) : HR_OK;
}

/* ---- the lock ---- */

static hr_status busy(const hr_pipeline *p, int fd, hr_error *err)
{
    char who[64] = {0};
    const ssize_t n = pread(fd, who, sizeof(who) - 1, 0);

    if (n > 0)
        who[strcspn(who, "\n")] = '\0';
    (void)hr_fail(err, HR_E_BUSY,
                  "pipeline %s is being run by %s; wait for it, or use another --pipeline", p->name,
                  who[0] ? who : "another process");
    if (err)
        err->retryable = true;
    return HR_E_BUSY;
}

hr_status hr_pipeline_lock(const hr_pipeline *p, int *fd, hr_error *err)
{
    char *path = hr_pipeline_path(p, "lock");
    char who[64];
    hr_status st = path ? hr_make_folders(p->dir, err) : hr_nomem(err);

    *fd = -1;
    if (st == HR_OK) {
        *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (*fd < 0)
            st = hr_fail_errno(err, errno, "cannot open %s", path);
        else if (flock(*fd, LOCK_EX | LOCK_NB) != 0)
            st = errno == EWOULDBLOCK ? busy(p, *fd, err)
                                      : hr_fail_errno(err, errno, "cannot lock %s", path);
    }
    if (st == HR_OK) { /* who holds it is a courtesy: the lock counts, not the text */
        const int n = snprintf(who, sizeof(who), "process %ld\n", (long)getpid());

        if (ftruncate(*fd, 0) != 0 || pwrite(*fd, who, (size_t)n, 0) != n)
            st = hr_fail_errno(err, errno, "cannot write %s", path);
    }
    if (st != HR_OK) {
        hr_pipeline_unlock(*fd);
        *fd = -1;
    }
    hr_free(path);
    return st;
}

void hr_pipeline_unlock(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}
