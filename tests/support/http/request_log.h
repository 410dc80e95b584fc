/* request_log.h -- what a test server remembers of requests; safe from several threads. */
#ifndef HR_TESTS_REQUEST_LOG_H
#define HR_TESTS_REQUEST_LOG_H

#include "base/buf.h"
#include "http/http_server.h"

#include <pthread.h>
#include <time.h>

struct yyjson_mut_doc;
struct yyjson_mut_val;

typedef struct hs_log {
    pthread_mutex_t lock;
    struct timespec start;
    unsigned requests, now, peak;
    hr_buf entries; /* JSON objects, each but the first after a comma */
} hs_log;

/* One entry while it is made. */
typedef struct hs_entry {
    struct yyjson_mut_doc *doc;
    struct yyjson_mut_val *headers;
} hs_entry;

void hs_log_start(hs_log *log);
void hs_log_release(hs_log *log);

/* Counts a request in; its number, from 1. */
unsigned hs_log_begin(hs_log *log);
void hs_log_end(hs_log *log);

hs_entry hs_log_entry(const hs_request *in);
void hs_log_header(hs_entry *e, const char *name, const char *value);
/* Takes the entry. */
void hs_log_add(hs_log *log, hs_entry *e);

void hs_log_write_requests(hs_log *log, hr_buf *into);
void hs_log_write_stats(hs_log *log, hr_buf *into);

#endif
