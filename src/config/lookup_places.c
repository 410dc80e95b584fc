/* The places that a key is asked of, one at a time. */
#include <ctype.h>

#include "base/file.h"
#include "base/mem.h"
#include "config/lookup_int.h"
#include "headrace/headrace.h"
#include "json/json.h"

enum { MOST_TEXT = 1 << 20 };

const char *hr_lookup_join(hr_lookup *l, const hr_key_path *p, const char *between,
                           int (*change)(int))
{
    hr_buf text = {0};

    for (size_t i = 0; i < p->n; i++) {
        if (i)
            hr_buf_addz(&text, between);
        for (const char *c = p->parts[i]; *c; c++)
            hr_buf_addc(&text, change ? (char)change((unsigned char)*c) : *c);
    }
    const char *kept = text.failed ? NULL : hr_arena_strndup(&l->arena, hr_buf_str(&text));
    hr_buf_release(&text);
    return kept;
}

/* A key in one piece stands as it is. */
static const char *env_key(hr_lookup *l, const hr_key_path *p)
{
    return p->n == 1 ? p->parts[0] : hr_lookup_join(l, p, "__", toupper);
}

static int file_letter(int c)
{
    return c == '_' ? '-' : tolower(c);
}

bool hr_lookup_ask_env(hr_lookup *l, const hr_key_path *p, hr_probe_fn fn, void *ctx)
{
    const char *key = env_key(l, p);
    hr_probe found = {.path = p, .where = "environment", .key = key};
    hr_buf place = {0};

    if (!key)
        return true;
    found.text = hr_lookup_variable(key);
    hr_buf_addf(&place, "environment variable %s", key);
    found.place =
        found.text && !place.failed ? hr_arena_strndup(&l->arena, hr_buf_str(&place)) : NULL;
    hr_buf_release(&place);
    return fn(ctx, &found);
}

/* A container's mounted secret: a file, or a folder with a file of the same name. */
bool hr_lookup_ask_mounted(hr_lookup *l, const hr_key_path *p, hr_probe_fn fn, void *ctx)
{
    const char *name = hr_lookup_join(l, p, "--", file_letter);
    hr_buf text = {.limit = MOST_TEXT}, where = {0};
    hr_probe found = {.path = p, .where = "/run/secrets", .key = name, .secret = true};

    if (!name || strchr(name, '/'))
        return true;
    hr_buf_addf(&where, "/run/secrets/%s", name);
    bool read = where.data && hr_read_file(where.data, &text, NULL) == HR_OK;
    if (where.data && !read) {
        hr_buf_reset(&text);
        hr_buf_addf(&where, "/%s", name);
        read = where.data && hr_read_file(where.data, &text, NULL) == HR_OK;
    }
    while (text.len && isspace((unsigned char)text.data[text.len - 1]))
        text.len--;
    if (read && !text.failed) {
        found.text = hr_arena_strndup(&l->arena, hr_buf_str(&text));
        found.place = hr_arena_strndup(&l->arena, hr_buf_str(&where));
    }
    hr_buf_release(&text);
    hr_buf_release(&where);
    return fn(ctx, &found);
}

bool hr_lookup_ask_dotenv(hr_lookup *l, const hr_key_path *p, hr_probe_fn fn, void *ctx)
{
    const char *key = env_key(l, p);
    hr_probe found = {.path = p, .where = l->dotenv_label, .key = key, .place = l->dotenv_label};

    if (!key)
        return true;
    found.text = hr_map_get(&l->dotenv, hr_str_from(key));
    if (found.text && !found.text[0])
        found.text = NULL;
    return fn(ctx, &found);
}

static yyjson_val *follow(const hr_doc *doc, const hr_key_path *p)
{
    yyjson_val *v = hr_doc_root(doc);

    for (size_t i = 0; v && i < p->n; i++)
        v = yyjson_obj_get(v, p->parts[i]);
    return v;
}

static const char *text_of(hr_lookup *l, yyjson_val *v)
{
    if (yyjson_is_str(v))
        return hr_arena_strndup(&l->arena, (hr_str){yyjson_get_str(v), yyjson_get_len(v)});
    size_t n = 0;
    char *json = hr_json_text(v, &n);
    const char *kept = json ? hr_arena_strndup(&l->arena, (hr_str){json, n}) : NULL;
    hr_free(json);
    return kept;
}

bool hr_lookup_ask_toml(hr_lookup *l, const hr_toml_file *f, const hr_key_path *p, bool secret,
                        hr_probe_fn fn, void *ctx)
{
    yyjson_val *v = f->doc ? follow(f->doc, p) : NULL;
    hr_probe found = {.path = p,
                      .where = f->label,
                      .key = hr_lookup_join(l, p, ".", NULL),
                      .secret = secret,
                      .document = true};
    hr_buf place = {0};

    if (!f->doc || !found.key)
        return true;
    if (v) {
        found.text = text_of(l, v);
        found.table = yyjson_is_obj(v);
        hr_doc_add_place(f->doc, v, &place);
        found.place = place.failed ? f->label : hr_arena_strndup(&l->arena, hr_buf_str(&place));
        hr_buf_release(&place);
    }
    return fn(ctx, &found);
}

bool hr_lookup_ask_vault(hr_lookup *l, hr_vault *vault, const hr_key_path *p, hr_probe_fn fn,
                         void *ctx, hr_status *status, hr_error *err)
{
    hr_probe found = {
        .path = p, .key = hr_lookup_join(l, p, ".", NULL), .secret = true, .document = true};
    hr_buf text = {.limit = MOST_TEXT};
    bool there = false;

    *status = found.key ? vault->get(vault, p->parts, p->n, &text, &there, err) : hr_nomem(err);
    found.where = vault->label; /* which now says whether it denied access */
    if (*status == HR_OK && there)
        *status = hr_buf_status(&text, err);
    if (*status == HR_OK && there) {
        found.text = hr_arena_strndup(&l->arena, hr_buf_str(&text));
        found.place = vault->label;
        *status = found.text ? HR_OK : hr_nomem(err);
    }
    hr_buf_release(&text);
    if (*status != HR_OK)
        (void)hr_fail_in(err, *status, "%s", vault->label);
    return *status == HR_OK && fn(ctx, &found);
}
