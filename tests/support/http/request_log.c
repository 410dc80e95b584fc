#include "http/request_log.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

void hs_log_start(hs_log *log)
{
    *log = (hs_log){0};
    pthread_mutex_init(&log->lock, NULL);
    clock_gettime(CLOCK_MONOTONIC, &log->start);
}

void hs_log_release(hs_log *log)
{
    hr_buf_release(&log->entries);
    pthread_mutex_destroy(&log->lock);
}

unsigned hs_log_begin(hs_log *log)
{
    pthread_mutex_lock(&log->lock);
    unsigned n = ++log->requests;
    log->now++;
    log->peak = log->peak > log->now ? log->peak : log->now;
    pthread_mutex_unlock(&log->lock);
    return n;
}

void hs_log_end(hs_log *log)
{
    pthread_mutex_lock(&log->lock);
    log->now--;
    pthread_mutex_unlock(&log->lock);
}

hs_entry hs_log_entry(const hs_request *in)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, root);
    yyjson_mut_obj_add_uint(doc, root, "n", in->n);
    yyjson_mut_obj_add_uint(doc, root, "listener", in->listener);
    yyjson_mut_obj_add_strcpy(doc, root, "method", in->method);
    yyjson_mut_obj_add_strcpy(doc, root, "target", in->target);
    yyjson_mut_obj_add_strncpy(doc, root, "body", in->body, in->body_len);
    return (hs_entry){.doc = doc, .headers = yyjson_mut_obj_add_obj(doc, root, "headers")};
}

void hs_log_header(hs_entry *e, const char *name, const char *value)
{
    char lower[64];
    size_t n = strnlen(name, sizeof lower - 1);
    for (size_t i = 0; i < n; i++) {
        char c = name[i];
        lower[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    yyjson_mut_obj_add(e->headers, yyjson_mut_strncpy(e->doc, lower, n),
                       yyjson_mut_strcpy(e->doc, value ? value : ""));
}

static unsigned long ms_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long)((now.tv_sec - start->tv_sec) * 1000 +
                           (now.tv_nsec - start->tv_nsec) / 1000000);
}

void hs_log_add(hs_log *log, hs_entry *e)
{
    yyjson_mut_val *root = yyjson_mut_doc_get_root(e->doc);
    yyjson_mut_obj_add_uint(e->doc, root, "ms", ms_since(&log->start));
    size_t n = 0;
    char *text = yyjson_mut_write(e->doc, YYJSON_WRITE_ALLOW_INVALID_UNICODE, &n);
    if (!text) {
        abort();
    }
    pthread_mutex_lock(&log->lock);
    if (log->entries.len) {
        hr_buf_addc(&log->entries, ',');
    }
    hr_buf_add(&log->entries, (hr_str){.p = text, .n = n});
    pthread_mutex_unlock(&log->lock);
    free(text);
    yyjson_mut_doc_free(e->doc);
}

void hs_log_write_requests(hs_log *log, hr_buf *into)
{
    pthread_mutex_lock(&log->lock);
    hr_buf_addc(into, '[');
    hr_buf_add(into, hr_buf_str(&log->entries));
    hr_buf_addc(into, ']');
    pthread_mutex_unlock(&log->lock);
}

void hs_log_write_stats(hs_log *log, hr_buf *into)
{
    pthread_mutex_lock(&log->lock);
    hr_buf_addf(into, "{\"requests\": %u, \"peak\": %u}", log->requests, log->peak);
    pthread_mutex_unlock(&log->lock);
}
