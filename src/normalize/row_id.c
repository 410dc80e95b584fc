/* Row ids that are hashes: of the primary key, or of the whole item. */
#include "base/ids.h"
#include "normalize/shredder_int.h"

/* As dlt writes it: {"a":1,"b":"x"}, values as they came. */
static hr_status write_key(hr_shredder *s, const hr_ntable *t, hr_error *err)
{
    const hr_row_plan *plan = t->plan;

    for (size_t i = 0; i < plan->n_keys; i++) {
        hr_buf_addc(&s->text, i ? ',' : '{');
        hr_json_put_string(&s->text, plan->keys[i]);
        hr_buf_addc(&s->text, ':');
        if (t->key_values[i])
            HR_TRY(hr_json_write_item(t->key_values[i], true, (hr_str){0}, &s->json_keys, &s->text,
                                      err));
        else
            hr_buf_addz(&s->text, "null");
    }
    hr_buf_addc(&s->text, '}');
    return HR_OK;
}

static hr_status write_row(hr_shredder *s, yyjson_val *item, const char *member, hr_error *err)
{
    if (member)
        hr_buf_addf(&s->text, "{\"%s\":", member);
    HR_TRY(hr_json_write_item(item, true, member ? (hr_str){0} : HR_STR("_dlt"), &s->json_keys,
                              &s->text, err));
    if (member)
        hr_buf_addc(&s->text, '}');
    return HR_OK;
}

hr_status hr_shred_row_id(hr_shredder *s, hr_ntable *t, int64_t row, yyjson_val *item,
                          const char *member, hr_error *err)
{
    hr_buf_reset(&s->text);
    if (t->plan->ids == HR_ROW_IDS_KEY)
        HR_TRY(write_key(s, t, err));
    else
        HR_TRY(write_row(s, item, member, err));
    HR_TRY(hr_buf_status(&s->text, err));
    hr_text_row_id(hr_buf_str(&s->text), t->row_ids + row * HR_ROW_ID);
    return HR_OK;
}
