/* cache.h -- the answers of a run, kept in its package's folder, so that a run that ended early
 * can be run again without asking for them again.
 *
 * A file that is only appended to: a head that says which configuration it belongs to, then a
 * record an answer, under the key of its request, with a checksum. What a kill left half written at
 * the end is cut off. A request that was sent several times has several answers, handed out in
 * their order. Not thread-safe. */
#ifndef HR_SOURCE_REST_API_CACHE_H
#define HR_SOURCE_REST_API_CACHE_H

#include "source/rest_api/answer.h"

typedef struct hr_rest_cache hr_rest_cache;

/* What became of the file that was there. */
typedef enum hr_rest_cache_found {
    HR_CACHE_NONE,
    HR_CACHE_USED,
    HR_CACHE_CHANGED, /* it was of another configuration */
    HR_CACHE_OLD,     /* its first answer was older than `max_age` */
    HR_CACHE_DAMAGED,
} hr_rest_cache_found;

/* Goes on with the file at `path`, or begins it. `max_age` in seconds. */
HR_NODISCARD hr_status hr_rest_cache_open(hr_rest_cache **out, const char *path,
                                          uint64_t configuration, double max_age,
                                          hr_rest_cache_found *found, hr_error *err);
void hr_rest_cache_free(hr_rest_cache *c);

/* Answers of the earlier run that have not been handed out. */
size_t hr_rest_cache_left(const hr_rest_cache *c);
/* Answers that were handed out. */
uint64_t hr_rest_cache_hits(const hr_rest_cache *c);

/* The answer that was kept for this request; *hit says whether there is one. */
HR_NODISCARD hr_status hr_rest_cache_get(hr_rest_cache *c, const uint64_t key[2],
                                         hr_rest_answer *out, bool *hit, hr_error *err);

/* From try on, what is handed out can be taken back: it is then handed out again. */
void hr_rest_cache_try(hr_rest_cache *c);
void hr_rest_cache_take_back(hr_rest_cache *c);

/* Keeps an answer. */
HR_NODISCARD hr_status hr_rest_cache_put(hr_rest_cache *c, const uint64_t key[2],
                                         const hr_rest_answer *answer, hr_error *err);

/* Forgets the answer that was kept last: it turned out to be no good. */
HR_NODISCARD hr_status hr_rest_cache_undo(hr_rest_cache *c, hr_error *err);

#endif
