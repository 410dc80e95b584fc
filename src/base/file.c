#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "headrace/headrace.h"

hr_status hr_write_all(int fd, const void *p, size_t n, const char *path, hr_error *err)
{
    const char *at = p;

    while (n > 0) {
        const ssize_t done = write(fd, at, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return hr_fail_errno(err, errno, "cannot write %s", path);
        at += done;
        n -= (size_t)done;
    }
    return HR_OK;
}

hr_status hr_read_at(int fd, void *p, size_t n, uint64_t offset, const char *path, hr_error *err)
{
    char *at = p;

    while (n > 0) {
        const ssize_t done = pread(fd, at, n, (off_t)offset);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return hr_fail_errno(err, errno, "cannot read %s", path);
        if (done == 0)
            return hr_fail(err, HR_E_IO, "%s ends at byte %llu, before what it should hold", path,
                           (unsigned long long)offset);
        at += done;
        offset += (uint64_t)done;
        n -= (size_t)done;
    }
    return HR_OK;
}

static hr_status read_open_file(int fd, const char *path, hr_buf *out, hr_error *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return hr_fail_errno(err, errno, "cannot read %s", path);
    if (!S_ISREG(st.st_mode))
        return hr_fail(err, HR_E_IO, "%s is not a file", path);
    const size_t size = (size_t)st.st_size;
    if (!hr_buf_reserve(out, size))
        return hr_buf_status(out, err);
    HR_TRY(hr_read_at(fd, out->data + out->len, size, 0, path, err));
    out->len += size;
    out->data[out->len] = '\0';
    return HR_OK;
}

hr_status hr_read_file(const char *path, hr_buf *out, hr_error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return hr_fail_errno(err, errno, "cannot open %s", path);
    const hr_status st = read_open_file(fd, path, out, err);
    (void)close(fd);
    return st;
}

hr_status hr_sync_path(const char *path, hr_error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return hr_fail_errno(err, errno, "cannot open %s", path);
    const int failed = fsync(fd);
    const int why = errno;
    (void)close(fd);
    return failed ? hr_fail_errno(err, why, "cannot sync %s", path) : HR_OK;
}

static hr_status sync_folder_of(const char *path, hr_error *err)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? hr_strndup((hr_str){path, (size_t)(slash - path) + 1}) : hr_strdup(".");

    if (!folder)
        return hr_nomem(err);
    const hr_status st = hr_sync_path(folder, err);
    hr_free(folder);
    return st;
}

static hr_status write_new_file(const char *path, hr_str text, bool sync, hr_error *err)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (fd < 0)
        return hr_fail_errno(err, errno, "cannot create %s", path);
    hr_status st = hr_write_all(fd, text.p, text.n, path, err);
    if (st == HR_OK && sync && fsync(fd) != 0)
        st = hr_fail_errno(err, errno, "cannot sync %s", path);
    if (close(fd) != 0 && st == HR_OK)
        st = hr_fail_errno(err, errno, "cannot write %s", path);
    return st;
}

hr_status hr_replace_file(const char *path, hr_str text, bool sync, hr_error *err)
{
    hr_buf temp = {0};

    hr_buf_addf(&temp, "%s.new", path);
    hr_status st = hr_buf_status(&temp, err);
    if (st == HR_OK)
        st = write_new_file(temp.data, text, sync, err);
    if (st == HR_OK && rename(temp.data, path) != 0)
        st = hr_fail_errno(err, errno, "cannot replace %s", path);
    if (st != HR_OK && temp.data)
        (void)unlink(temp.data);
    if (st == HR_OK && sync)
        st = sync_folder_of(path, err);
    hr_buf_release(&temp);
    return st;
}

hr_status hr_make_folders(const char *path, hr_error *err)
{
    char *copy = hr_strdup(path);
    hr_status st = HR_OK;

    if (!copy)
        return hr_nomem(err);
    for (char *p = copy + 1;; p++) {
        const char c = *p;

        if (c != '/' && c != '\0')
            continue;
        *p = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST) {
            st = hr_fail_errno(err, errno, "cannot create the folder %s", copy);
            break;
        }
        *p = c;
        if (c == '\0')
            break;
    }
    hr_free(copy);
    return st;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

hr_status hr_remove_tree(const char *path, hr_error *err)
{
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
        return hr_fail_errno(err, errno, "cannot remove %s", path);
    return HR_OK;
}

char *hr_path_join(const char *a, const char *b)
{
    hr_buf path = {0};
    const size_t n = strlen(a);

    hr_buf_addf(&path, n && a[n - 1] == '/' ? "%s%s" : "%s/%s", a, b);
    return hr_buf_take(&path);
}

bool hr_path_exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0;
}
