/* toml_face.h -- the C face of toml++, which stands in a module of its own: libheadrace_toml.so. */
#ifndef HR_CONFIG_TOML_FACE_H
#define HR_CONFIG_TOML_FACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum hr_toml_kind {
    HR_TOML_TABLE, /* its members follow: a key, then a value; then an END */
    HR_TOML_ARRAY, /* its elements follow; then an END */
    HR_TOML_END,
    HR_TOML_KEY,
    HR_TOML_TEXT, /* also dates and times */
    HR_TOML_INTEGER,
    HR_TOML_REAL,
    HR_TOML_BOOL,
} hr_toml_kind;

typedef struct hr_toml_event {
    hr_toml_kind kind;
    uint32_t line, column;
    const char *text; /* of KEY and TEXT; borrowed for the call */
    size_t n;
    int64_t integer; /* also of BOOL */
    double real;
} hr_toml_event;

/* Walks the document, which is at most HR_TOML_BYTES long, the root table first. False: `take`
 * returned false, or `why`, its size bytes, says what is no TOML at *line, *column. */
typedef bool hr_toml_take(void *ctx, const hr_toml_event *event);
typedef bool hr_toml_walk_fn(const char *text, size_t n, hr_toml_take *take, void *ctx, char *why,
                             size_t size, uint32_t *line, uint32_t *column);
bool hr_toml_walk(const char *text, size_t n, hr_toml_take *take, void *ctx, char *why, size_t size,
                  uint32_t *line, uint32_t *column);

#ifdef __cplusplus
}
#endif

#endif
