#include "cli/url_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yyjson.h>

#include "cli/hints.h"
#include "cli/json.h"
#include "cli/text.h"

bool cli_is_url(const char *operand)
{
    return strncasecmp(operand, "http://", 7) == 0 || strncasecmp(operand, "https://", 8) == 0;
}

/* A URL taken apart: its folder, and what stands there. */
typedef struct place {
    char *base;
    cli_text path; /* with braces doubled: it is a template */
    char *name;    /* of the table */
} place;

static void release(place *w)
{
    free(w->base);
    free(w->name);
    cli_text_release(&w->path);
}

static hr_status take_apart(place *w, const cli_args *args, hr_error *err)
{
    const char *url = args->operands[0];
    const char *host = strstr(url, "://") + 3;
    const size_t end = strcspn(host, "?#");
    size_t at = end; /* of the last segment, from `host` */

    while (at && host[at - 1] != '/')
        at--;
    if (!at)
        at = end; /* a host alone */
    w->base = cli_copy(url, (size_t)(host - url) + at);
    for (const char *p = host + at; *p && *p != '#'; p++) {
        if (*p == '{' || *p == '}')
            cli_text_addc(&w->path, *p);
        cli_text_addc(&w->path, *p);
    }
    const size_t n = strcspn(host + at, "?#.");
    if (args->table)
        w->name = cli_copy(args->table, strlen(args->table));
    else if (n)
        w->name = cli_copy(host + at, n);
    else
        return hr_fail(err, HR_E_USAGE, "%s has no name for the table; say --table", url);
    return HR_OK;
}

/* The hints are members of the resource, but for the cursor, which is the endpoint's. */
static void add_hints(cli_text *out, yyjson_val *hints, bool cursor, const char *before,
                      const char *after)
{
    yyjson_val *key = NULL;
    yyjson_val *v = NULL;
    size_t i = 0;
    size_t n = 0;

    yyjson_obj_foreach(hints, i, n, key, v)
    {
        char *text = yyjson_val_write(v, 0, NULL);

        if (text && (strcmp(yyjson_get_str(key), "incremental") == 0) == cursor) {
            cli_text_addz(out, before);
            cli_text_add_json(out, yyjson_get_str(key), yyjson_get_len(key));
            cli_text_addf(out, ": %s%s", text, after);
        }
        free(text);
    }
}

static void write_config(cli_text *out, const place *w, yyjson_val *hints)
{
    cli_text_addz(out, "{\"client\":{\"base_url\":");
    cli_text_add_json(out, w->base, strlen(w->base));
    cli_text_addz(out, "},\"resources\":[{\"name\":");
    cli_text_add_json(out, w->name, strlen(w->name));
    add_hints(out, hints, false, ",", "");
    cli_text_addz(out, ",\"endpoint\":{\"path\":");
    cli_text_add_json(out, cli_text_z(&w->path), w->path.n);
    add_hints(out, hints, true, ",", "");
    cli_text_addz(out, "}}]}");
}

static void add_line(cli_text *out, const char *key, const char *value)
{
    cli_text_addf(out, "%s: ", key);
    cli_text_add_json(out, value, strlen(value));
    cli_text_addc(out, '\n');
}

static hr_status write_file(hr_pipeline *p, const char *path, const place *w, yyjson_val *hints,
                            hr_error *err)
{
    char *json = NULL;
    cli_text out = {0};

    HR_TRY(hr_pipeline_describe(p, &json, err));
    yyjson_doc *doc = cli_json_take(json);
    yyjson_val *about = yyjson_doc_get_root(doc);

    add_line(&out, "pipeline", cli_json_text(about, "pipeline", "headrace"));
    add_line(&out, "destination", cli_json_text(about, "destination", ""));
    add_line(&out, "dataset", cli_json_text(about, "dataset", ""));
    cli_text_addz(&out, "source:\n  rest_api:\n    client:\n");
    add_line(&out, "      base_url", w->base);
    cli_text_addz(&out, "    resources:\n");
    add_line(&out, "      - name", w->name);
    add_hints(&out, hints, false, "        ", "\n");
    cli_text_addz(&out, "        endpoint:\n");
    add_line(&out, "          path", cli_text_z(&w->path));
    add_hints(&out, hints, true, "          ", "\n");
    yyjson_doc_free(doc);
    FILE *f = fopen(path, "we");
    const bool ok = f && fwrite(out.p, 1, out.n, f) == out.n;
    const int why = errno;
    cli_text_release(&out);
    if ((f && fclose(f) != 0) || !ok)
        return hr_fail_errno(err, why, "cannot write %s", path);
    return HR_OK;
}

hr_status cli_add_url(hr_pipeline *p, const cli_args *args, hr_error *err)
{
    place w = {0};
    cli_text text = {0};
    cli_text config = {0};

    if (args->n_operands != 1)
        return hr_fail(err, HR_E_USAGE, "load takes one URL, and no files beside it");
    hr_status st = take_apart(&w, args, err);
    if (st == HR_OK)
        st = cli_hints_of(args, &text, err);
    yyjson_doc *hints = text.n ? yyjson_read(text.p, text.n, 0) : NULL;
    if (st == HR_OK) {
        write_config(&config, &w, yyjson_doc_get_root(hints));
        st = hr_pipeline_add_rest_api(p, cli_text_z(&config), err);
    }
    if (st == HR_OK && args->save)
        st = write_file(p, args->save, &w, yyjson_doc_get_root(hints), err);
    yyjson_doc_free(hints);
    cli_text_release(&text);
    cli_text_release(&config);
    release(&w);
    return st;
}
