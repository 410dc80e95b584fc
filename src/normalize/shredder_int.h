/* shredder_int.h -- what the files of shredder.h share: the walk (shredder.c), keys that come twice
 * (twins.c), and row ids that are hashes (row_id.c). Only the walk is hot: what it needs for each
 * member is inline here. */
#ifndef HR_NORMALIZE_SHREDDER_INT_H
#define HR_NORMALIZE_SHREDDER_INT_H

#include "headrace/headrace.h"
#include "normalize/shredder.h"

typedef struct hr_frame {
    yyjson_val *object;
    hr_shape *shape;
    int level; /* how many more levels unfold below */
} hr_frame;

/* What a value is to its field. An object or list that stays JSON is a scalar. */
typedef enum hr_kind { HR_SCALAR, HR_OBJECT, HR_LIST } hr_kind;

static inline bool hr_stays_json(const hr_field *f, int level)
{
    return level <= 0 || (f->column ? f->column->spec.type : f->preferred) == HR_TYPE_JSON;
}

static inline hr_kind hr_kind_of(yyjson_val *v, const hr_field *f, int level)
{
    const yyjson_type type = unsafe_yyjson_get_type(v);

    if ((type == YYJSON_TYPE_OBJ || type == YYJSON_TYPE_ARR) && !hr_stays_json(f, level))
        return type == YYJSON_TYPE_OBJ ? HR_OBJECT : HR_LIST;
    return HR_SCALAR;
}

/* Where in the data the field was last met as that kind. */
static inline uint64_t *hr_stamp_of(hr_field *f, hr_kind k)
{
    return k == HR_SCALAR ? &f->scalar_row : k == HR_OBJECT ? &f->object_row : &f->list_row;
}

/* HR_E_SCHEMA: a key comes twice, or two keys become one name. `other` is the slot met before;
 * NULL or `slot` itself: the same key. */
HR_NODISCARD hr_status hr_shred_refuse_twice(const hr_ntable *t, const hr_slot *slot,
                                             const hr_slot *other, hr_error *err);

/* Under last_wins: the keys of an object in s->keys; a member that a later one replaces is
 * discarded, and its key NULL there. */
HR_NODISCARD hr_status hr_shred_drop_twins(hr_shredder *s, const hr_frame *f, hr_error *err);

/* Gives row `row` of a root table, whose plan's ids are hashes, that of its key or of the
 * item that it was made of. An item that is no object stands for {member: item}; else NULL. */
HR_NODISCARD hr_status hr_shred_row_id(hr_shredder *s, hr_ntable *t, int64_t row, yyjson_val *item,
                                       const char *member, hr_error *err);

#endif
