#include "config/values.h"

#include "base/mem.h"
#include "headrace/headrace.h"

static const char *kept(hr_config_values *v, const char *text, bool *ok)
{
    const char *copy = text ? hr_arena_strndup(&v->arena, hr_str_from(text)) : NULL;

    *ok = *ok && (!text || copy);
    return copy;
}

static hr_config_value *find(hr_config_values *v, const char *key)
{
    for (size_t i = 0; i < v->n; i++)
        if (strcmp(v->items[i].key, key) == 0)
            return &v->items[i];
    return NULL;
}

hr_status hr_config_values_add(hr_config_values *v, const hr_config_value *value, hr_error *err)
{
    bool ok = true;

    if (find(v, value->key))
        return HR_OK;
    const hr_config_value copy = {.key = kept(v, value->key, &ok),
                                  .value = kept(v, value->secret ? NULL : value->value, &ok),
                                  .provider = kept(v, value->provider, &ok),
                                  .place = kept(v, value->place, &ok),
                                  .secret = value->secret,
                                  .piece = value->piece};
    return ok && HR_PUSH(v->items, v->n, v->cap, copy) ? HR_OK : hr_nomem(err);
}

hr_status hr_config_values_settle(hr_config_values *v, const char *key, const char *value,
                                  hr_error *err)
{
    const hr_config_value by_default = {.key = key, .provider = "default"};
    bool ok = true;

    HR_TRY(hr_config_values_add(v, &by_default, err));
    hr_config_value *there = find(v, key);
    there->value = kept(v, value, &ok);
    there->secret = there->piece = false;
    return ok ? HR_OK : hr_nomem(err);
}

void hr_config_values_release(hr_config_values *v)
{
    hr_free(v->items);
    hr_arena_release(&v->arena);
    *v = (hr_config_values){0};
}
