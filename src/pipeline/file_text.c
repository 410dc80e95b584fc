/* What there is to say of pipeline files: templates, the schema for editors, where settings are. */
#include <stdio.h>

#include "base/mem.h"
#include "base/secret.h"
#include "config/lookup.h"
#include "config/option_text.h"
#include "headrace/headrace.h"
#include "pipeline/file_source.h"
#include "pipeline/file_table.h"
#include "vault/vault.h"
#include "json/json.h"

/* ---- templates ---- */

typedef struct destination_sample {
    const char *name;
    const char *url;
} destination_sample;

static const destination_sample destinations[] = {
    {"duckdb", "duckdb:///my_pipeline.duckdb"},
    {"postgres", "postgresql://user:${PGPASSWORD}@localhost:5432/database"},
    {NULL, NULL},
};

static hr_status find_source(const char *name, const hr_file_source **out, hr_error *err)
{
    hr_buf names = {0};

    for (const hr_file_source *s = hr_file_sources; s->name; s++) {
        if (strcmp(s->name, name) == 0) {
            *out = s;
            hr_buf_release(&names);
            return HR_OK;
        }
        hr_buf_addf(&names, "%s%s", names.len ? ", " : "", s->name);
    }
    (void)hr_fail(err, HR_E_USAGE, "there is no source %s; there are %s", name,
                  names.data ? names.data : "others");
    hr_buf_release(&names);
    return HR_E_USAGE;
}

static hr_status find_destination(const char *name, const destination_sample **out, hr_error *err)
{
    for (const destination_sample *d = destinations; d->name; d++) {
        if (strcmp(d->name, name) == 0) {
            *out = d;
            return HR_OK;
        }
    }
    return hr_fail(err, HR_E_USAGE, "there is no destination %s; there are duckdb and postgres",
                   name);
}

static void write_template(const hr_file_source *source, const destination_sample *to, hr_buf *out)
{
    hr_buf_addf(out,
                "# A pipeline from %s to %s. Check it with headrace check, run it with headrace "
                "run.\n"
                "# Texts may have variables in them: ${NAME} from the environment, .env or "
                "secrets.toml.\n\n",
                source->name, to->name);
    for (const hr_option *o = hr_file_table.rows; o->name; o++) {
        if (strcmp(o->name, "source") == 0) {
            hr_buf_addf(out, "source:\n  %s:\n", source->name);
            hr_option_template(source->table, 4, out);
        } else if (strcmp(o->name, "destination") == 0) {
            hr_option_template_row(o, to->url, 0, out);
        } else if (!(o->flags & HR_OPTION_ADVANCED)) {
            hr_option_template_row(o, NULL, 0, out);
        }
    }
}

static hr_status take_text(hr_buf *text, char **out, hr_error *err)
{
    const hr_status st = hr_buf_status(text, err);

    *out = hr_buf_take(text);
    return st == HR_OK && !*out ? hr_nomem(err) : st;
}

hr_status hr_file_template(const char *source, const char *destination, char **yaml, hr_error *err)
{
    const hr_file_source *from = NULL;
    const destination_sample *to = NULL;
    hr_buf text = {0};

    *yaml = NULL;
    HR_TRY(find_source(source ? source : "", &from, err));
    HR_TRY(find_destination(destination ? destination : "", &to, err));
    write_template(from, to, &text);
    return take_text(&text, yaml, err);
}

/* ---- the schema ---- */

/* {"source": {one kind: its table}}, in place of what the table says of `source`. */
static bool put_sources(yyjson_mut_doc *doc, yyjson_mut_val *root)
{
    yyjson_mut_val *properties = yyjson_mut_obj_get(root, "properties");
    yyjson_mut_val *source = yyjson_mut_obj_get(properties, "source");
    yyjson_mut_val *kinds = source ? yyjson_mut_obj_add_obj(doc, source, "properties") : NULL;
    bool ok = kinds && yyjson_mut_obj_add_bool(doc, source, "additionalProperties", false) &&
              yyjson_mut_obj_add_int(doc, source, "minProperties", 1) &&
              yyjson_mut_obj_add_int(doc, source, "maxProperties", 1);

    for (const hr_file_source *s = hr_file_sources; ok && s->name; s++) {
        yyjson_mut_val *of = hr_option_schema(doc, s->table);

        ok = of && yyjson_mut_obj_add_val(doc, kinds, s->name, of);
    }
    return ok;
}

hr_status hr_file_schema(char **json, hr_error *err)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *root = doc ? hr_option_schema(doc, &hr_file_table) : NULL;
    hr_buf text = {0};

    const bool ok =
        root && put_sources(doc, root) &&
        yyjson_mut_obj_add_str(doc, root, "$schema", "http://json-schema.org/draft-07/schema#") &&
        yyjson_mut_obj_add_str(doc, root, "title", "Headrace pipeline file");
    hr_status st = ok ? hr_json_write(root, false, NULL, &text, err) : hr_nomem(err);
    yyjson_mut_doc_free(doc);
    if (st == HR_OK)
        return take_text(&text, json, err);
    hr_buf_release(&text);
    return st;
}

/* ---- where settings are ---- */

enum { MOST_SECTIONS = 8 };

/* "a.b.credentials.c": sections a and b, the group, and the field. `copy` is cut in pieces. */
static hr_lookup_field field_of(char *copy, const char *sections[MOST_SECTIONS + 1])
{
    hr_lookup_field f = {.name = copy};
    size_t n = 0;
    char *dot;

    while ((dot = strchr(copy, '.')) && n < MOST_SECTIONS) {
        *dot = '\0';
        sections[n++] = copy;
        copy = dot + 1;
    }
    f.name = copy;
    if (n && strcmp(sections[n - 1], "credentials") == 0)
        f.group = sections[--n];
    sections[n] = NULL;
    f.sections = n || f.group ? sections : NULL;
    f.secret = f.group || hr_secret_is_name(hr_str_from(copy));
    return f;
}

static bool add_lines(yyjson_mut_doc *doc, yyjson_mut_val *list, char *lines)
{
    static const char *const names[] = {"place", "key", "state"};

    while (*lines) {
        yyjson_mut_val *o = yyjson_mut_arr_add_obj(doc, list);

        for (size_t i = 0; i < 3; i++) {
            char *end = lines + strcspn(lines, i < 2 ? "\t" : "\n");

            if (!o || !yyjson_mut_obj_add(o, yyjson_mut_str(doc, names[i]),
                                          yyjson_mut_strncpy(doc, lines, (size_t)(end - lines))))
                return false;
            lines = *end ? end + 1 : end;
        }
    }
    return true;
}

static hr_status lines_to_json(hr_buf *lines, char **json, hr_error *err)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *list = doc ? yyjson_mut_arr(doc) : NULL;
    hr_buf text = {0};

    const bool ok = list && (!lines->len || add_lines(doc, list, lines->data));
    hr_status st = ok ? hr_json_write(list, false, NULL, &text, err) : hr_nomem(err);
    yyjson_mut_doc_free(doc);
    if (st == HR_OK)
        return take_text(&text, json, err);
    hr_buf_release(&text);
    return st;
}

hr_status hr_config_explain(const char *pipeline, const char *key, char **json, hr_error *err)
{
    const char *sections[MOST_SECTIONS + 1];
    hr_lookup *l = NULL;
    hr_buf lines = {0};

    if (!key)
        return hr_fail(err, HR_E_USAGE, "the key is NULL");
    char *copy = hr_strdup(key);
    hr_status st = copy ? hr_lookup_new(&l, pipeline, err) : hr_nomem(err);

    if (st == HR_OK) {
        const hr_lookup_field f = field_of(copy, sections);

        hr_lookup_set_vaults(l, hr_vaults_open);
        st = hr_lookup_explain(l, &f, &lines, err);
    }
    if (st == HR_OK)
        st = lines_to_json(&lines, json, err);
    hr_buf_release(&lines);
    hr_lookup_free(l);
    hr_free(copy);
    return st;
}
