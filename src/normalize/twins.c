/* Keys that come twice in one object, and keys of one row that become the same name. */
#include "base/mem.h"
#include "normalize/shredder_int.h"

hr_status hr_shred_refuse_twice(const hr_ntable *t, const hr_slot *slot, const hr_slot *other,
                                hr_error *err)
{
    static const char way_out[] = "rename one, or keep the last with --on-duplicate-key last";

    if (other == slot || !other)
        return hr_fail(err, HR_E_SCHEMA,
                       "table \"%s\": key \"" HR_STR_FMT "\" comes twice in one object; %s",
                       t->name.p, HR_STR_ARG(slot->key), way_out);
    return hr_fail(err, HR_E_SCHEMA,
                   "table \"%s\": keys \"" HR_STR_FMT "\" and \"" HR_STR_FMT
                   "\" of one row both become \"%s\"; %s",
                   t->name.p, HR_STR_ARG(other->key), HR_STR_ARG(slot->key), slot->field->name.p,
                   way_out);
}

static hr_status collect_keys(hr_shredder *s, yyjson_val *object, hr_error *err)
{
    yyjson_val *key = unsafe_yyjson_get_first(object);

    s->n_keys = 0;
    for (size_t left = unsafe_yyjson_get_len(object); left > 0; left--) {
        if (!HR_PUSH(s->keys, s->n_keys, s->cap_keys, key))
            return hr_nomem(err);
        key = unsafe_yyjson_get_next(key + 1);
    }
    return HR_OK;
}

/* From the last member to the first: one whose key or field is marked already gives way. Marks,
 * taken from the far end of the stamps' range, never meet the row numbers of the walk that
 * follows. */
hr_status hr_shred_drop_twins(hr_shredder *s, const hr_frame *f, hr_error *err)
{
    const uint64_t mark = --s->mark;

    HR_TRY(collect_keys(s, f->object, err));
    for (size_t i = s->n_keys; i-- > 0;) {
        yyjson_val *val = s->keys[i] + 1;
        hr_slot *slot = NULL;
        const hr_str name = {unsafe_yyjson_get_str(s->keys[i]), unsafe_yyjson_get_len(s->keys[i])};

        HR_TRY(hr_shape_find(&s->tables, f->shape, name, &slot, err));
        hr_field *field = slot->field;
        uint64_t *stamp =
            field ? hr_stamp_of(field, hr_kind_of(val, field, f->level)) : &slot->stamp;
        const bool twin = slot->stamp == mark || *stamp == mark;
        slot->stamp = *stamp = mark;
        if (twin) {
            hr_tally_discard_in(&s->tally, HR_DISCARD_DUPLICATE_KEY, val, slot->key.p);
            s->keys[i] = NULL;
        }
    }
    return HR_OK;
}
