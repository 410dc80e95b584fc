/* wire.h -- numbers as the protocol has them: high byte first. */
#ifndef HR_DESTINATION_POSTGRES_WIRE_H
#define HR_DESTINATION_POSTGRES_WIRE_H

#include <stdint.h>
#include <string.h>

#include "base/buf.h"

static inline void pg_set_i32(char *to, int32_t v)
{
    const uint32_t turned = __builtin_bswap32((uint32_t)v);

    memcpy(to, &turned, sizeof(turned));
}

static inline bool pg_add_i16(hr_buf *out, int16_t v)
{
    const uint16_t turned = __builtin_bswap16((uint16_t)v);

    return hr_buf_add(out, (hr_str){(const char *)&turned, sizeof(turned)});
}

static inline bool pg_add_i32(hr_buf *out, int32_t v)
{
    const uint32_t turned = __builtin_bswap32((uint32_t)v);

    return hr_buf_add(out, (hr_str){(const char *)&turned, sizeof(turned)});
}

/* A field of 8 bytes: its length, then the number. */
static inline bool pg_add_field_i64(hr_buf *out, int64_t v)
{
    const uint64_t turned = __builtin_bswap64((uint64_t)v);
    char field[12];

    pg_set_i32(field, 8);
    memcpy(field + 4, &turned, sizeof(turned));
    return hr_buf_add(out, (hr_str){field, sizeof(field)});
}

static inline int16_t pg_get_i16(const char *from)
{
    uint16_t v;

    memcpy(&v, from, sizeof(v));
    return (int16_t)__builtin_bswap16(v);
}

static inline int32_t pg_get_i32(const char *from)
{
    uint32_t v;

    memcpy(&v, from, sizeof(v));
    return (int32_t)__builtin_bswap32(v);
}

static inline int64_t pg_get_i64(const char *from)
{
    uint64_t v;

    memcpy(&v, from, sizeof(v));
    return (int64_t)__builtin_bswap64(v);
}

#endif
