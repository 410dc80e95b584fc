#include "source/rest_api/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/time.h"
#include "extract/page.h"
#include "headrace/headrace.h"

static const char magic[8] = "hrresp1";

typedef struct head {
    char magic[8];
    uint64_t configuration;
    int64_t begun; /* micros since 1970 */
    uint64_t check;
} head;

typedef struct record {
    uint64_t key[2];
    uint32_t status, url, headers, unused; /* lengths */
    uint64_t body;
    uint64_t check; /* of the members above and what follows */
} record;

typedef struct entry {
    uint64_t key[2];
    uint64_t offset; /* of the record */
    size_t next;     /* entry of the same bucket, + 1; 0: none */
    bool used;
} entry;

struct hr_rest_cache {
    int fd;
    char *path;
    uint64_t size;
    uint64_t last; /* size before the last answer was kept */
    entry *entries;
    size_t n, cap;
    size_t *buckets; /* entry + 1 */
    size_t n_buckets;
    uint64_t hits;
    size_t *tried; /* entries handed out since hr_rest_cache_try */
    size_t n_tried, cap_tried;
    bool trying;
    hr_buf text;
};

enum { LARGEST = 1 << 30 };

/* ---- reading what is there ---- */

static uint64_t check_head(const head *h)
{
    return XXH3_64bits(h, offsetof(head, check));
}

static size_t length_of(const record *r)
{
    return (size_t)r->url + r->headers + (size_t)r->body;
}

static hr_status add_entry(hr_rest_cache *c, const record *r, uint64_t offset, hr_error *err)
{
    const entry e = {.key = {r->key[0], r->key[1]}, .offset = offset};

    return HR_PUSH(c->entries, c->n, c->cap, e) ? HR_OK : hr_nomem(err);
}

/* Lists the records up to the first that is not whole. Bodies are checked when they are read; only
 * the last can be torn, so only it is checked here. */
static hr_status list_records(hr_rest_cache *c, uint64_t size, hr_error *err)
{
    record r;

    while (c->size + sizeof(r) <= size) {
        HR_TRY(hr_read_at(c->fd, &r, sizeof(r), c->size, c->path, err));
        if (r.body > LARGEST || c->size + sizeof(r) + length_of(&r) > size)
            break;
        HR_TRY(add_entry(c, &r, c->size, err));
        c->size += sizeof(r) + length_of(&r);
    }
    return HR_OK;
}

/* Chains the entries by their keys, so that equal ones come in the order of the file. */
static hr_status index_entries(hr_rest_cache *c, hr_error *err)
{
    c->n_buckets = 64;
    while (c->n_buckets < c->n)
        c->n_buckets *= 2;
    c->buckets = hr_calloc(c->n_buckets, sizeof(*c->buckets));
    if (!c->buckets)
        return hr_nomem(err);
    for (size_t i = c->n; i-- > 0;) {
        size_t *bucket = &c->buckets[c->entries[i].key[0] & (c->n_buckets - 1)];

        c->entries[i].next = *bucket;
        *bucket = i + 1;
    }
    return HR_OK;
}

static hr_status begin_file(hr_rest_cache *c, uint64_t configuration, hr_error *err)
{
    head h = {.configuration = configuration, .begun = hr_now()};

    memcpy(h.magic, magic, sizeof(magic));
    h.check = check_head(&h);
    c->size = sizeof(h);
    if (ftruncate(c->fd, 0) != 0 || lseek(c->fd, 0, SEEK_SET) != 0)
        return hr_fail_errno(err, errno, "cannot empty %s", c->path);
    return hr_write_all(c->fd, &h, sizeof(h), c->path, err);
}

static hr_rest_cache_found judge_head(const head *h, uint64_t configuration, double max_age)
{
    const double age = (double)(hr_now() - h->begun) * 1e-6;

    if (memcmp(h->magic, magic, sizeof(magic)) != 0 || h->check != check_head(h))
        return HR_CACHE_DAMAGED;
    if (h->configuration != configuration)
        return HR_CACHE_CHANGED;
    return age > max_age || age < -60 ? HR_CACHE_OLD : HR_CACHE_USED;
}

static hr_status check_last(hr_rest_cache *c, hr_error *err);

static hr_status go_on(hr_rest_cache *c, uint64_t configuration, double max_age,
                       hr_rest_cache_found *found, hr_error *err)
{
    struct stat st;
    head h = {{0}, 0, 0, 0};

    if (fstat(c->fd, &st) != 0)
        return hr_fail_errno(err, errno, "cannot look at %s", c->path);
    *found = st.st_size ? HR_CACHE_DAMAGED : HR_CACHE_NONE;
    if ((size_t)st.st_size >= sizeof(h)) {
        HR_TRY(hr_read_at(c->fd, &h, sizeof(h), 0, c->path, err));
        *found = judge_head(&h, configuration, max_age);
    }
    if (*found != HR_CACHE_USED)
        return begin_file(c, configuration, err);
    c->size = sizeof(h);
    HR_TRY(list_records(c, (uint64_t)st.st_size, err));
    HR_TRY(check_last(c, err));
    if (!c->n)
        *found = HR_CACHE_NONE;
    if (ftruncate(c->fd, (off_t)c->size) != 0 || lseek(c->fd, (off_t)c->size, SEEK_SET) < 0)
        return hr_fail_errno(err, errno, "cannot cut %s", c->path);
    return HR_OK;
}

hr_status hr_rest_cache_open(hr_rest_cache **out, const char *path, uint64_t configuration,
                             double max_age, hr_rest_cache_found *found, hr_error *err)
{
    hr_rest_cache *c = hr_calloc(1, sizeof(*c));

    if (!c)
        return hr_nomem(err);
    c->path = hr_strdup(path);
    c->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    hr_status st = c->fd < 0  ? hr_fail_errno(err, errno, "cannot open %s", path)
                   : !c->path ? hr_nomem(err)
                              : go_on(c, configuration, max_age, found, err);
    if (st == HR_OK)
        st = index_entries(c, err);
    if (st != HR_OK)
        hr_rest_cache_free(c);
    else
        *out = c;
    return st;
}

void hr_rest_cache_free(hr_rest_cache *c)
{
    if (!c)
        return;
    if (c->fd >= 0)
        (void)close(c->fd);
    hr_free(c->path);
    hr_free(c->entries);
    hr_free(c->buckets);
    hr_free(c->tried);
    hr_buf_release(&c->text);
    hr_free(c);
}

size_t hr_rest_cache_left(const hr_rest_cache *c)
{
    return c->n - (size_t)c->hits;
}

uint64_t hr_rest_cache_hits(const hr_rest_cache *c)
{
    return c->hits;
}

/* ---- one record ---- */

static uint64_t check_record(const record *r, hr_str text, hr_str body)
{
    const uint64_t fields = XXH3_64bits(r, offsetof(record, check));

    return XXH3_64bits_withSeed(body.p, body.n, XXH3_64bits_withSeed(text.p, text.n, fields));
}

/* Reads the record into `out`; *whole: its checksum is right. */
static hr_status read_record(hr_rest_cache *c, uint64_t offset, hr_rest_answer *out, bool *whole,
                             hr_error *err)
{
    record r;

    *out = (hr_rest_answer){0};
    HR_TRY(hr_read_at(c->fd, &r, sizeof(r), offset, c->path, err));
    hr_buf_reset(&c->text);
    out->body = hr_malloc(r.body + HR_PAGE_PADDING);
    if (!out->body || !hr_buf_reserve(&c->text, (size_t)r.url + r.headers))
        return hr_nomem(err);
    offset += sizeof(r);
    c->text.len = (size_t)r.url + r.headers;
    HR_TRY(hr_read_at(c->fd, c->text.data, c->text.len, offset, c->path, err));
    HR_TRY(hr_read_at(c->fd, out->body, r.body, offset + c->text.len, c->path, err));
    memset(out->body + r.body, 0, HR_PAGE_PADDING);
    out->size = r.body;
    out->status = (int)r.status;
    *whole = r.check == check_record(&r, hr_buf_str(&c->text), (hr_str){out->body, out->size});
    out->url = hr_strndup((hr_str){c->text.data, r.url});
    hr_buf_add(&out->headers, (hr_str){c->text.data + r.url, r.headers});
    return out->url && !out->headers.failed ? HR_OK : hr_nomem(err);
}

static hr_status check_last(hr_rest_cache *c, hr_error *err)
{
    hr_rest_answer a = {0};
    bool whole = true;

    if (!c->n)
        return HR_OK;
    const uint64_t offset = c->entries[c->n - 1].offset;
    const hr_status st = read_record(c, offset, &a, &whole, err);
    hr_rest_answer_release(&a);
    if (st == HR_OK && !whole) {
        c->n--;
        c->size = offset;
    }
    return st;
}

hr_status hr_rest_cache_get(hr_rest_cache *c, const uint64_t key[2], hr_rest_answer *out, bool *hit,
                            hr_error *err)
{
    *hit = false;
    for (size_t at = c->buckets[key[0] & (c->n_buckets - 1)]; at; at = c->entries[at - 1].next) {
        entry *e = &c->entries[at - 1];
        hr_status st = HR_OK;

        if (e->used || e->key[0] != key[0] || e->key[1] != key[1])
            continue;
        if (c->trying && !HR_PUSH(c->tried, c->n_tried, c->cap_tried, at - 1))
            return hr_nomem(err);
        e->used = true;
        c->hits++;
        st = read_record(c, e->offset, out, hit, err);
        if (st != HR_OK || !*hit)
            hr_rest_answer_release(out);
        return st;
    }
    return HR_OK;
}

void hr_rest_cache_try(hr_rest_cache *c)
{
    c->trying = true;
    c->n_tried = 0;
}

void hr_rest_cache_take_back(hr_rest_cache *c)
{
    for (size_t i = 0; i < c->n_tried; i++)
        c->entries[c->tried[i]].used = false;
    c->hits -= c->n_tried;
    c->n_tried = 0;
    c->trying = false;
}

hr_status hr_rest_cache_put(hr_rest_cache *c, const uint64_t key[2], const hr_rest_answer *a,
                            hr_error *err)
{
    record r = {.key = {key[0], key[1]},
                .status = (uint32_t)a->status,
                .url = (uint32_t)strlen(a->url),
                .headers = (uint32_t)a->headers.len,
                .body = a->size};

    if (a->size > LARGEST)
        return HR_OK; /* it is asked for again, then */
    hr_buf_reset(&c->text);
    hr_buf_add(&c->text, (hr_str){(const char *)&r, sizeof(r)});
    hr_buf_addz(&c->text, a->url);
    hr_buf_add(&c->text, hr_buf_str(&a->headers));
    HR_TRY(hr_buf_status(&c->text, err));
    const hr_str text = {c->text.data + sizeof(r), c->text.len - sizeof(r)};
    r.check = check_record(&r, text, (hr_str){a->body, a->size});
    memcpy(c->text.data, &r, sizeof(r));
    HR_TRY(hr_write_all(c->fd, c->text.data, c->text.len, c->path, err));
    HR_FAULT_POINT("responses.half");
    HR_TRY(hr_write_all(c->fd, a->body, a->size, c->path, err));
    c->last = c->size;
    c->size += c->text.len + a->size;
    return HR_OK;
}

hr_status hr_rest_cache_undo(hr_rest_cache *c, hr_error *err)
{
    c->size = c->last;
    if (ftruncate(c->fd, (off_t)c->size) != 0 || lseek(c->fd, (off_t)c->size, SEEK_SET) < 0)
        return hr_fail_errno(err, errno, "cannot cut %s", c->path);
    return HR_OK;
}
