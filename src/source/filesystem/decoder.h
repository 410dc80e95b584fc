/* decoder.h -- decompression, one piece at a time. */
#ifndef HR_SOURCE_FILESYSTEM_DECODER_H
#define HR_SOURCE_FILESYSTEM_DECODER_H

#include "base/str.h"
#include "headrace/error.h"

typedef struct hr_decoder {
    void *self;
    const char *format; /* for messages */
    /* Eats from the front of *in and writes at most `cap` bytes to `buf`, *n of them. *whole: all
     * that was eaten is complete members. `err` says what is wrong, not where. */
    hr_status (*decode)(void *self, hr_str *in, char *buf, size_t cap, size_t *n, bool *whole,
                        hr_error *err);
    void (*close)(void *self);
} hr_decoder;

hr_status hr_gzip_open(hr_decoder *out, hr_error *err);
hr_status hr_zstd_open(hr_decoder *out, hr_error *err);

#endif
