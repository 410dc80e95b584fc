#include "source/filesystem/input.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "source/filesystem/decoder.h"

enum {
    HEAD_BYTES = 16,
    HEAD_ENOUGH = 4, /* of these, to know a format */
    RAW_BYTES = 128 * 1024,
    PIPE_BYTES = 1024 * 1024,
    CANCEL_MS = 100,
};

struct hr_input {
    int fd;
    bool owned;     /* fd is closed at the end */
    bool may_block; /* no plain file */
    bool raw_eof;
    const char *name;
    hr_input_watch *watch;
    uint64_t raw_bytes; /* read from fd */
    hr_str pending;     /* read, not yet handed out or decoded */
    char head[HEAD_BYTES];
    char *raw; /* NULL: not compressed */
    hr_decoder decoder;
    bool whole; /* the decoder is between members */
    bool full;  /* the decoder filled its buffer: it may hold more back */
};

static bool readable(int fd, int ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    const int n = poll(&p, 1, ms);

    return n > 0 || (n < 0 && errno != EINTR); /* an error shows in read() */
}

static hr_status read_raw(hr_input *in, char *buf, size_t cap, size_t *n, hr_error *err)
{
    *n = 0;
    for (;;) {
        if (atomic_load_explicit(&in->watch->cancelled, memory_order_relaxed))
            return hr_fail(err, HR_E_CANCELLED, "cancelled");
        if (in->may_block && !readable(in->fd, CANCEL_MS))
            continue;
        const ssize_t got = read(in->fd, buf, cap);
        if (got >= 0) {
            *n = (size_t)got;
            break;
        }
        if (errno != EINTR && errno != EAGAIN)
            return hr_fail_errno(err, errno, "cannot read %s at byte %" PRIu64, in->name,
                                 in->raw_bytes);
    }
    in->raw_eof = *n == 0;
    in->raw_bytes += *n;
    atomic_fetch_add_explicit(&in->watch->done, *n, memory_order_relaxed);
    return HR_OK;
}

static hr_status read_plain(void *self, char *buf, size_t cap, size_t *n, hr_error *err)
{
    hr_input *in = self;
    *n = in->pending.n < cap ? in->pending.n : cap;
    if (*n == 0)
        return in->raw_eof ? HR_OK : read_raw(in, buf, cap, n, err);
    memcpy(buf, in->pending.p, *n);
    in->pending.p += *n;
    in->pending.n -= *n;
    return HR_OK;
}

static hr_status refill(hr_input *in, hr_error *err)
{
    size_t n = 0;
    HR_TRY(read_raw(in, in->raw, RAW_BYTES, &n, err));
    in->pending = (hr_str){.p = in->raw, .n = n};
    return HR_OK;
}

/* At the end of the file, which may have been reached when its first bytes were looked at. */
static hr_status check_whole(const hr_input *in, hr_error *err)
{
    if (in->whole)
        return HR_OK;
    return hr_fail(err, HR_E_PARSE, "%s: the %s data is cut off at compressed byte %" PRIu64,
                   in->name, in->decoder.format, in->raw_bytes);
}

static hr_status decode(hr_input *in, char *buf, size_t cap, size_t *n, hr_error *err)
{
    const hr_status st =
        in->decoder.decode(in->decoder.self, &in->pending, buf, cap, n, &in->whole, err);
    in->full = *n == cap;
    if (st == HR_E_PARSE)
        return hr_fail_in(err, st, "%s: bad %s data before compressed byte %" PRIu64, in->name,
                          in->decoder.format, in->raw_bytes - in->pending.n);
    return st;
}

static hr_status read_decoded(void *self, char *buf, size_t cap, size_t *n, hr_error *err)
{
    hr_input *in = self;
    *n = 0;
    while (*n == 0) {
        if (in->pending.n == 0 && !in->full) {
            if (!in->raw_eof)
                HR_TRY(refill(in, err));
            if (in->raw_eof)
                return check_whole(in, err);
        }
        HR_TRY(decode(in, buf, cap, n, err));
    }
    return HR_OK;
}

static bool ready(void *self, int ms)
{
    const hr_input *in = self;
    return in->pending.n > 0 || in->full || in->raw_eof || readable(in->fd, ms);
}

static hr_status open_decoder(hr_input *in, hr_decoder *decoder, hr_error *err)
{
    const struct {
        hr_str magic;
        hr_status (*open)(hr_decoder *out, hr_error *err);
        const char *refused; /* a format that we know by sight only */
    } formats[] = {
        {HR_STR("\x1F\x8B"), hr_gzip_open, NULL},
        {HR_STR("\x28\xB5\x2F\xFD"), hr_zstd_open, NULL},
        {HR_STR("BZh"), NULL, "bzip2"},
        {HR_STR("\xFD\x37zX"), NULL, "xz"},
        {HR_STR("\x04\x22\x4D\x18"), NULL, "lz4"},
        {HR_STR("PK\x03\x04"), NULL, "zip"},
        {HR_STR("PAR1"), NULL, "Parquet"},
    };
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (!hr_str_starts(in->pending, formats[i].magic))
            continue;
        if (formats[i].open == NULL)
            return hr_fail(err, HR_E_UNSUPPORTED,
                           "%s is a %s file: only JSON text, plain or as gzip or zstd, can be read",
                           in->name, formats[i].refused);
        return formats[i].open(decoder, err);
    }
    return HR_OK;
}

/* Reads the first bytes and chooses by them how to read the rest. */
static hr_status look_at_head(hr_input *in, hr_error *err)
{
    in->pending = (hr_str){.p = in->head};
    while (in->pending.n < HEAD_ENOUGH && !in->raw_eof) {
        size_t n = 0;
        HR_TRY(read_raw(in, in->head + in->pending.n, HEAD_BYTES - in->pending.n, &n, err));
        in->pending.n += n;
    }
    HR_TRY(open_decoder(in, &in->decoder, err));
    if (in->decoder.decode == NULL)
        return HR_OK;
    in->raw = hr_malloc(RAW_BYTES);
    return in->raw != NULL ? HR_OK : hr_nomem(err);
}

/* Opening a named pipe waits for its writer, and no cancel reaches it there: so it does not wait,
 * and the first read does. */
static hr_status open_fd(hr_input *in, const char *path, hr_error *err)
{
    in->fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : STDIN_FILENO;
    in->owned = path != NULL;
    struct stat info;
    if (in->fd < 0 || fstat(in->fd, &info) != 0)
        return hr_fail_errno(err, errno, "cannot open %s", in->name);
    in->may_block = !S_ISREG(info.st_mode);
    if (in->owned)
        (void)fcntl(in->fd, F_SETFL, O_RDONLY);
    if (!in->may_block)
        (void)posix_fadvise(in->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
#ifdef F_SETPIPE_SZ
    if (S_ISFIFO(info.st_mode)) /* fewer switches between us and the writer; may be refused */
        (void)fcntl(in->fd, F_SETPIPE_SZ, PIPE_BYTES);
#endif
    return HR_OK;
}

hr_status hr_input_open(hr_input **out, const char *path, const char *name, hr_input_watch *watch,
                        hr_error *err)
{
    *out = NULL;
    hr_input *in = hr_calloc(1, sizeof(*in));
    if (in == NULL)
        return hr_nomem(err);
    in->name = name;
    in->watch = watch;
    hr_status st = open_fd(in, path, err);
    if (st == HR_OK)
        st = look_at_head(in, err);
    if (st != HR_OK) {
        hr_input_close(in);
        return st;
    }
    *out = in;
    return HR_OK;
}

hr_byte_source hr_input_bytes(hr_input *in)
{
    return (hr_byte_source){.self = in,
                            .read = in->decoder.decode != NULL ? read_decoded : read_plain,
                            .ready = in->may_block ? ready : NULL};
}

void hr_input_close(hr_input *in)
{
    if (in == NULL)
        return;
    if (in->decoder.close != NULL)
        in->decoder.close(in->decoder.self);
    if (in->owned && in->fd >= 0)
        (void)close(in->fd);
    hr_free(in->raw);
    hr_free(in);
}
