/* The manifest: JSON, version 1.
 *
 *   {"version":1, "load_id":..., "created_at":..., "rereadable":bool, "place":...,
 *    "base_hash":..., "resources":[...], "replaced":[...], "dropped":[...], "truncated":[...],
 * "state":{...} or null, "schema":{...},
 * "files":[{"file","table","bytes","columns":[[name,type,precision,scale]],
 *              "batches":[[offset,length,rows,"hash"]]}]}
 *
 * Parsing trusts nothing: a manifest may have been cut, edited or made by another program. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <yyjson.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "package/package_int.h"
#include "json/json.h"

enum { MANIFEST_VERSION = 1 };

hr_package_file *hr_package_file_new(const hr_batch *like, hr_error *err)
{
    hr_package_file *f = hr_calloc(1, sizeof(*f));

    if (f) {
        f->table = hr_strndup(like->table);
        f->fields = hr_calloc(like->n_columns, sizeof(*f->fields));
    }
    if (!f || !f->table || !f->fields) {
        hr_package_file_free(f);
        (void)hr_nomem(err);
        return NULL;
    }
    for (size_t i = 0; i < like->n_columns; i++) {
        f->fields[i] = like->columns[i].field;
        f->fields[i].name.p = hr_strndup(like->columns[i].field.name);
        f->n_fields = i + 1;
        if (!f->fields[i].name.p) {
            hr_package_file_free(f);
            (void)hr_nomem(err);
            return NULL;
        }
    }
    return f;
}

void hr_package_file_free(hr_package_file *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->n_fields; i++)
        hr_free((void *)(uintptr_t)f->fields[i].name.p);
    hr_free(f->fields);
    hr_free(f->batches);
    hr_free(f->table);
    hr_free(f->name);
    hr_free(f);
}

bool hr_arrow_field_eq(const hr_arrow_field *a, const hr_arrow_field *b)
{
    return a->type == b->type && a->precision == b->precision && a->scale == b->scale &&
           hr_str_eq(a->name, b->name);
}

bool hr_package_file_has(const hr_package_file *f, const hr_batch *batch)
{
    if (f->n_fields != batch->n_columns)
        return false;
    for (size_t i = 0; i < f->n_fields; i++) {
        if (!hr_arrow_field_eq(&f->fields[i], &batch->columns[i].field))
            return false;
    }
    return true;
}

/* ---- writing ---- */

static bool add_file(yyjson_mut_doc *doc, yyjson_mut_val *files, const hr_package_file *f)
{
    yyjson_mut_val *o = yyjson_mut_arr_add_obj(doc, files);
    bool ok = o && yyjson_mut_obj_add_str(doc, o, "file", f->name) &&
              yyjson_mut_obj_add_str(doc, o, "table", f->table) &&
              yyjson_mut_obj_add_uint(doc, o, "bytes", f->bytes);
    yyjson_mut_val *columns = ok ? yyjson_mut_obj_add_arr(doc, o, "columns") : NULL;
    yyjson_mut_val *batches = columns ? yyjson_mut_obj_add_arr(doc, o, "batches") : NULL;

    for (size_t i = 0; batches && i < f->n_fields && ok; i++) {
        const hr_arrow_field *c = &f->fields[i];
        yyjson_mut_val *a = yyjson_mut_arr_add_arr(doc, columns);

        ok = a && yyjson_mut_arr_add_strn(doc, a, c->name.p, c->name.n) &&
             yyjson_mut_arr_add_str(doc, a, hr_type_name(c->type)) &&
             yyjson_mut_arr_add_int(doc, a, c->precision) &&
             yyjson_mut_arr_add_int(doc, a, c->scale);
    }
    for (size_t i = 0; batches && i < f->n_batches && ok; i++) {
        const hr_package_batch *b = &f->batches[i];
        yyjson_mut_val *a = yyjson_mut_arr_add_arr(doc, batches);
        char hash[17];

        (void)snprintf(hash, sizeof(hash), "%016" PRIx64, b->hash);
        ok = a && yyjson_mut_arr_add_uint(doc, a, b->offset) &&
             yyjson_mut_arr_add_uint(doc, a, b->length) &&
             yyjson_mut_arr_add_uint(doc, a, b->rows) && yyjson_mut_arr_add_strcpy(doc, a, hash);
    }
    return ok && batches;
}

/* A member whose value is JSON text of ours; NULL text is null. */
static bool add_json(yyjson_mut_doc *doc, yyjson_mut_val *o, const char *key, const char *json)
{
    if (!json)
        return yyjson_mut_obj_add_null(doc, o, key);
    yyjson_doc *part = hr_json_read(hr_str_from(json), YYJSON_READ_NUMBER_AS_RAW, NULL);
    yyjson_mut_val *copy = part ? yyjson_val_mut_copy(doc, yyjson_doc_get_root(part)) : NULL;

    yyjson_doc_free(part);
    return copy && yyjson_mut_obj_add_val(doc, o, key, copy);
}

static bool add_state(yyjson_mut_doc *doc, yyjson_mut_val *root, const hr_package_state *s)
{
    if (!s->encoded)
        return yyjson_mut_obj_add_null(doc, root, "state");
    yyjson_mut_val *o = yyjson_mut_obj_add_obj(doc, root, "state");
    return o && yyjson_mut_obj_add_int(doc, o, "version", s->version) &&
           yyjson_mut_obj_add_int(doc, o, "engine_version", s->engine_version) &&
           yyjson_mut_obj_add_str(doc, o, "pipeline_name", s->pipeline_name) &&
           yyjson_mut_obj_add_str(doc, o, "encoded", s->encoded) &&
           yyjson_mut_obj_add_str(doc, o, "hash", s->hash);
}

static bool fill(yyjson_mut_doc *doc, const hr_package *p)
{
    yyjson_mut_val *root = yyjson_mut_obj(doc);

    yyjson_mut_doc_set_root(doc, root);
    bool ok = root && yyjson_mut_obj_add_int(doc, root, "version", MANIFEST_VERSION) &&
              yyjson_mut_obj_add_str(doc, root, "load_id", p->load_id) &&
              yyjson_mut_obj_add_str(doc, root, "created_at", p->created_at) &&
              yyjson_mut_obj_add_bool(doc, root, "rereadable", p->rereadable) &&
              (!p->place || yyjson_mut_obj_add_str(doc, root, "place", p->place)) &&
              yyjson_mut_obj_add_str(doc, root, "base_hash", p->base_hash ? p->base_hash : "") &&
              add_json(doc, root, "resources", p->resources) &&
              add_json(doc, root, "replaced", p->replaced) &&
              add_json(doc, root, "dropped", p->dropped) &&
              add_json(doc, root, "truncated", p->truncated) && add_state(doc, root, &p->state) &&
              add_json(doc, root, "schema", p->schema);
    yyjson_mut_val *files = ok ? yyjson_mut_obj_add_arr(doc, root, "files") : NULL;
    for (size_t i = 0; files && ok && i < p->n_files; i++)
        ok = add_file(doc, files, p->files[i]);
    return ok && files;
}

hr_status hr_manifest_write(const hr_package *p, hr_buf *out, hr_error *err)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    size_t n = 0;
    char *text = doc && fill(doc, p) ? hr_json_mut_text(yyjson_mut_doc_get_root(doc), &n) : NULL;

    yyjson_mut_doc_free(doc);
    if (!text)
        return hr_nomem(err);
    hr_buf_add(out, (hr_str){text, n});
    hr_free(text);
    return hr_buf_status(out, err);
}

/* ---- reading ---- */

static bool take_text(yyjson_val *obj, const char *key, char **out)
{
    yyjson_val *v = yyjson_obj_get(obj, key);
    const char *text = yyjson_get_str(v);

    /* A NUL inside would cut the name short. */
    if (!text || strlen(text) != yyjson_get_len(v))
        return false;
    hr_free(*out);
    *out = hr_strdup(text);
    return *out != NULL;
}

/* JSON text of a member; a null or absent member leaves *out NULL. */
static bool take_json(yyjson_val *obj, const char *key, char **out)
{
    yyjson_val *v = yyjson_obj_get(obj, key);

    hr_free(*out);
    *out = NULL;
    if (!v || yyjson_is_null(v))
        return true;
    *out = hr_json_text(v, NULL);
    return *out != NULL;
}

static bool plain_file_name(const char *name)
{
    return name[0] && name[0] != '.' && !strchr(name, '/');
}

static bool take_columns(yyjson_val *columns, hr_package_file *f)
{
    const size_t n = yyjson_arr_size(columns);
    yyjson_val *c;
    size_t i, max;

    if (!yyjson_is_arr(columns))
        return false;
    f->fields = hr_calloc(n, sizeof(*f->fields));
    if (!f->fields)
        return false;
    yyjson_arr_foreach(columns, i, max, c)
    {
        yyjson_val *name = yyjson_arr_get(c, 0);
        const char *type = yyjson_get_str(yyjson_arr_get(c, 1));
        const int64_t precision = yyjson_get_sint(yyjson_arr_get(c, 2));
        const int64_t scale = yyjson_get_sint(yyjson_arr_get(c, 3));
        hr_arrow_field *field = &f->fields[i];

        if (!yyjson_is_str(name) || !type || precision < -1 || precision > 76 || scale < -1 ||
            scale > 76)
            return false;
        *field = (hr_arrow_field){
            .name = {hr_strndup((hr_str){yyjson_get_str(name), yyjson_get_len(name)}),
                     yyjson_get_len(name)},
            .type = hr_type_from_name(hr_str_from(type)),
            .precision = (int)precision,
            .scale = (int)scale};
        f->n_fields = i + 1;
        if (!field->name.p || field->type == HR_TYPE_NONE)
            return false;
    }
    return true;
}

static bool take_batch(yyjson_val *v, uint64_t file_bytes, hr_package_batch *out)
{
    const char *hash = yyjson_get_str(yyjson_arr_get(v, 3));
    char *end = NULL;

    if (yyjson_arr_size(v) != 4 || !hash || !yyjson_is_uint(yyjson_arr_get(v, 0)) ||
        !yyjson_is_uint(yyjson_arr_get(v, 1)) || !yyjson_is_uint(yyjson_arr_get(v, 2)))
        return false;
    *out = (hr_package_batch){.offset = yyjson_get_uint(yyjson_arr_get(v, 0)),
                              .length = yyjson_get_uint(yyjson_arr_get(v, 1)),
                              .rows = yyjson_get_uint(yyjson_arr_get(v, 2)),
                              .hash = strtoull(hash, &end, 16)};
    return strlen(hash) == 16 && *end == '\0' && out->offset <= file_bytes && out->length >= 8 &&
           out->length <= file_bytes - out->offset && out->length <= UINT32_MAX && out->rows > 0 &&
           out->rows <= INT32_MAX;
}

static bool take_file(yyjson_val *v, hr_package_file *f)
{
    yyjson_val *batches = yyjson_obj_get(v, "batches");
    yyjson_val *b;
    size_t i, max;

    if (!take_text(v, "file", &f->name) || !take_text(v, "table", &f->table) ||
        !plain_file_name(f->name) || !yyjson_is_uint(yyjson_obj_get(v, "bytes")) ||
        !take_columns(yyjson_obj_get(v, "columns"), f) || !yyjson_is_arr(batches))
        return false;
    f->bytes = yyjson_get_uint(yyjson_obj_get(v, "bytes"));
    yyjson_arr_foreach(batches, i, max, b)
    {
        hr_package_batch batch;

        if (!take_batch(b, f->bytes, &batch) ||
            !HR_PUSH(f->batches, f->n_batches, f->cap_batches, batch))
            return false;
    }
    return true;
}

static bool take_files(yyjson_val *files, hr_package *p)
{
    yyjson_val *v;
    size_t i, max;

    if (!yyjson_is_arr(files))
        return false;
    yyjson_arr_foreach(files, i, max, v)
    {
        hr_package_file *f = hr_calloc(1, sizeof(*f));

        if (!f || !HR_PUSH(p->files, p->n_files, p->cap_files, f)) {
            hr_package_file_free(f);
            return false;
        }
        if (!take_file(v, f))
            return false;
    }
    return true;
}

static bool take_state(yyjson_val *v, hr_package_state *s)
{
    if (!v || yyjson_is_null(v))
        return true;
    s->version = yyjson_get_sint(yyjson_obj_get(v, "version"));
    s->engine_version = yyjson_get_sint(yyjson_obj_get(v, "engine_version"));
    return take_text(v, "pipeline_name", &s->pipeline_name) && take_text(v, "hash", &s->hash) &&
           take_text(v, "encoded", &s->encoded);
}

static bool take_manifest(yyjson_val *root, hr_package *p)
{
    const char *load_id = yyjson_get_str(yyjson_obj_get(root, "load_id"));

    return load_id && strcmp(load_id, p->load_id) == 0 &&
           yyjson_is_bool(yyjson_obj_get(root, "rereadable")) &&
           take_text(root, "created_at", &p->created_at) &&
           (!yyjson_obj_get(root, "place") || take_text(root, "place", &p->place)) &&
           take_text(root, "base_hash", &p->base_hash) &&
           take_json(root, "resources", &p->resources) &&
           take_json(root, "replaced", &p->replaced) && take_json(root, "dropped", &p->dropped) &&
           take_json(root, "truncated", &p->truncated) && take_json(root, "schema", &p->schema) &&
           p->schema && take_state(yyjson_obj_get(root, "state"), &p->state) &&
           take_files(yyjson_obj_get(root, "files"), p);
}

hr_status hr_manifest_parse(hr_package *p, hr_str text, hr_error *err)
{
    yyjson_read_err why = {0};
    yyjson_doc *doc = hr_json_read(text, YYJSON_READ_BIGNUM_AS_RAW, &why);
    yyjson_val *root = yyjson_doc_get_root(doc);
    hr_status st = HR_OK;

    if (!doc && why.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        st = hr_nomem(err);
    else if (!doc)
        st = hr_fail(err, HR_E_PARSE, "the manifest of package %s is damaged at byte %zu: %s",
                     p->load_id, why.pos, why.msg);
    else if (yyjson_get_int(yyjson_obj_get(root, "version")) != MANIFEST_VERSION)
        st = hr_fail(err, HR_E_UNSUPPORTED, "the manifest of package %s has version %d, not %d",
                     p->load_id, yyjson_get_int(yyjson_obj_get(root, "version")), MANIFEST_VERSION);
    else if (!take_manifest(root, p))
        st = hr_fail(err, HR_E_PARSE, "the manifest of package %s is damaged", p->load_id);
    else
        p->rereadable = yyjson_get_bool(yyjson_obj_get(root, "rereadable"));
    yyjson_doc_free(doc);
    return st;
}
