/* input.h -- the bytes of one file or of standard input, decompressed. */
#ifndef HR_SOURCE_FILESYSTEM_INPUT_H
#define HR_SOURCE_FILESYSTEM_INPUT_H

#include <stdatomic.h>

#include "extract/pager.h"

typedef struct hr_input hr_input;

/* What an input shares with the thread that watches. */
typedef struct hr_input_watch {
    atomic_uint_fast64_t done; /* bytes read, as they lie on disk */
    atomic_bool cancelled;
} hr_input_watch;

/* `path` NULL: standard input. `name` is for messages. Both and `watch` are borrowed as long as
 * the input lives. Looks at the first bytes, so it waits for them. */
hr_status hr_input_open(hr_input **out, const char *path, const char *name, hr_input_watch *watch,
                        hr_error *err);
hr_byte_source hr_input_bytes(hr_input *in);
void hr_input_close(hr_input *in); /* NULL is fine */

#endif
