#include "state/state.h"

#include <assert.h>
#include <stdio.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/packed.h"
#include "base/time.h"
#include "headrace/headrace.h"
#include "json/json.h"

struct hr_state {
    yyjson_mut_doc *doc; /* its root and _local are objects */
};

static const char *const field_names[HR_STATE_N_FIELDS] = {
    [HR_STATE_PIPELINE_NAME] = "pipeline_name",
    [HR_STATE_DATASET_NAME] = "dataset_name",
    [HR_STATE_DEFAULT_SCHEMA_NAME] = "default_schema_name",
    [HR_STATE_DESTINATION_TYPE] = "destination_type",
    [HR_STATE_DESTINATION_NAME] = "destination_name",
    [HR_STATE_VERSION_HASH] = "_version_hash",
};

static yyjson_mut_val *root_of(const hr_state *s)
{
    return yyjson_mut_doc_get_root(s->doc);
}

static yyjson_mut_val *local_of(const hr_state *s)
{
    return hr_json_get(root_of(s), "_local");
}

static hr_status put(hr_state *s, yyjson_mut_val *obj, const char *key, yyjson_mut_val *val,
                     hr_error *err)
{
    return hr_json_put(s->doc, obj, key, val) ? HR_OK : hr_nomem(err);
}

void hr_state_free(hr_state *s)
{
    if (!s)
        return;
    yyjson_mut_doc_free(s->doc);
    hr_free(s);
}

/* ---- Reading ---- */

static bool is_text_or_null(const yyjson_mut_val *root, const char *key)
{
    yyjson_mut_val *val = hr_json_get(root, key);
    const hr_str text = hr_json_str(val);

    return text.p ? !memchr(text.p, 0, text.n) : !val || yyjson_mut_is_null(val);
}

static bool is_list_of_texts(yyjson_mut_val *list)
{
    yyjson_mut_val *item;
    size_t i, n;

    yyjson_mut_arr_foreach(list, i, n, item)
    {
        if (!yyjson_mut_is_str(item))
            return false;
    }
    return !list || yyjson_mut_is_null(list) || yyjson_mut_is_arr(list);
}

static hr_status check_engine(const yyjson_mut_val *root, hr_error *err)
{
    int64_t engine;

    if (!hr_json_int(hr_json_get(root, "_state_engine_version"), &engine))
        return hr_fail(err, HR_E_PARSE, "_state_engine_version is not a number");
    if (engine != HR_STATE_ENGINE)
        return hr_fail(err, HR_E_UNSUPPORTED,
                       "the state has engine version %lld, and this build works with %d; run the "
                       "pipeline once with dlt 1.26 to 1.31, which brings it to %d",
                       (long long)engine, HR_STATE_ENGINE, HR_STATE_ENGINE);
    return HR_OK;
}

static hr_status check_members(const yyjson_mut_val *root, hr_error *err)
{
    yyjson_mut_val *local = hr_json_get(root, "_local");
    yyjson_mut_val *sources = hr_json_get(root, "sources");
    int64_t version;

    if (!hr_json_int(hr_json_get(root, "_state_version"), &version) || version < 0 ||
        version == INT64_MAX)
        return hr_fail(err, HR_E_PARSE, "_state_version is not a number from 0");
    for (size_t f = 0; f < HR_STATE_N_FIELDS; f++) {
        if (!is_text_or_null(root, field_names[f]))
            return hr_fail(err, HR_E_PARSE, "%s is not a text", field_names[f]);
    }
    if (!is_list_of_texts(hr_json_get(root, "schema_names")))
        return hr_fail(err, HR_E_PARSE, "schema_names is not a list of names");
    if ((local && !yyjson_mut_is_obj(local)) || (sources && !yyjson_mut_is_obj(sources)))
        return hr_fail(err, HR_E_PARSE, "_local or sources is not an object");
    return HR_OK;
}

static hr_status parse_into(hr_state *s, hr_str json, hr_error *err)
{
    HR_TRY(hr_json_parse(json, &s->doc, err));
    yyjson_mut_val *root = root_of(s);
    if (!yyjson_mut_is_obj(root))
        return hr_fail(err, HR_E_PARSE, "the document is not an object");
    HR_TRY(check_engine(root, err));
    HR_TRY(check_members(root, err));
    return local_of(s) ? HR_OK : put(s, root, "_local", yyjson_mut_obj(s->doc), err);
}

hr_status hr_state_parse(hr_state **out, hr_str json, hr_error *err)
{
    hr_state *s = hr_calloc(1, sizeof(*s));

    *out = NULL;
    if (!s)
        return hr_nomem(err);
    const hr_status st = parse_into(s, json, err);
    if (st != HR_OK) {
        hr_state_free(s);
        if (st == HR_E_PARSE)
            (void)hr_fail_in(err, st, "not a pipeline state");
        return st;
    }
    *out = s;
    return HR_OK;
}

hr_status hr_state_decode(hr_state **out, hr_str stored, hr_error *err)
{
    hr_buf json = {0};
    bool packed;

    *out = NULL;
    hr_status st = hr_unpack(stored, &packed, &json, err);
    if (st == HR_OK)
        st = hr_state_parse(out, packed ? hr_buf_str(&json) : stored, err);
    hr_buf_release(&json);
    return st;
}

hr_status hr_state_copy(hr_state **out, const hr_state *s, hr_error *err)
{
    hr_state *copy = hr_calloc(1, sizeof(*copy));

    *out = NULL;
    if (!copy)
        return hr_nomem(err);
    copy->doc = yyjson_mut_doc_mut_copy(s->doc, &hr_json_alc);
    if (!copy->doc) {
        hr_state_free(copy);
        return hr_nomem(err);
    }
    *out = copy;
    return HR_OK;
}

hr_status hr_state_new(hr_state **out, const char *cwd, hr_error *err)
{
    static const char json[] = "{\"_state_version\":0,\"_state_engine_version\":4,"
                               "\"_local\":{\"first_run\":true,\"_dev_mode\":false}}";

    HR_TRY(hr_state_parse(out, hr_str_from(json), err));
    hr_state *s = *out;
    assert(s);
    hr_status st = put(s, local_of(s), "initial_cwd", yyjson_mut_strcpy(s->doc, cwd), err);
    if (st == HR_OK)
        st = put(s, local_of(s), "last_run_context", yyjson_mut_null(s->doc), err);
    if (st == HR_OK)
        st = hr_state_bump(s, NULL, err);
    if (st != HR_OK) {
        hr_state_free(s);
        *out = NULL;
    }
    return st;
}

/* ---- Writing ---- */

hr_status hr_state_write(const hr_state *s, hr_buf *out, hr_error *err)
{
    return hr_json_write(root_of(s), false, NULL, out, err);
}

hr_status hr_state_encode(const hr_state *s, hr_buf *out, hr_error *err)
{
    static const char *const local_only[] = {"_local", NULL};
    hr_buf json = {0};

    hr_status st = hr_json_write(root_of(s), false, local_only, &json, err);
    if (st == HR_OK)
        st = hr_pack(hr_buf_str(&json), out, err);
    hr_buf_release(&json);
    return st;
}

hr_status hr_state_hash(const hr_state *s, char out[HR_STATE_HASH_TEXT], hr_error *err)
{
    static const char *const not_hashed[] = {"_local", "_state_version", "_state_engine_version",
                                             "_version_hash", NULL};
    hr_buf json = {0};
    unsigned char digest[32];

    hr_status st = hr_json_write(root_of(s), true, not_hashed, &json, err);
    if (st == HR_OK)
        st = hr_sha3_256(json.data, json.len, digest, err);
    if (st == HR_OK)
        (void)hr_base64(digest, sizeof(digest), out);
    hr_buf_release(&json);
    return st;
}

hr_status hr_state_bump(hr_state *s, bool *changed, hr_error *err)
{
    const char *stored = hr_state_get(s, HR_STATE_VERSION_HASH);
    char hash[HR_STATE_HASH_TEXT];

    HR_TRY(hr_state_hash(s, hash, err));
    const bool differs = !stored || strcmp(stored, hash) != 0;
    if (changed)
        *changed = differs;
    if (!differs)
        return HR_OK;
    if (stored && *stored) {
        yyjson_mut_val *version = yyjson_mut_sint(s->doc, hr_state_version(s) + 1);
        HR_TRY(put(s, root_of(s), "_state_version", version, err));
    }
    return hr_state_set(s, HR_STATE_VERSION_HASH, hash, err);
}

/* ---- Members ---- */

int64_t hr_state_version(const hr_state *s)
{
    int64_t version = 0;

    (void)hr_json_int(hr_json_get(root_of(s), "_state_version"), &version);
    return version;
}

const char *hr_state_get(const hr_state *s, hr_state_field f)
{
    return hr_json_str(hr_json_get(root_of(s), field_names[f])).p;
}

hr_status hr_state_set(hr_state *s, hr_state_field f, const char *value, hr_error *err)
{
    yyjson_mut_val *val = value ? yyjson_mut_strcpy(s->doc, value) : yyjson_mut_null(s->doc);

    return put(s, root_of(s), field_names[f], val, err);
}

static yyjson_mut_val *schema_names(const hr_state *s)
{
    return hr_json_get(root_of(s), "schema_names");
}

size_t hr_state_n_schema_names(const hr_state *s)
{
    return yyjson_mut_arr_size(schema_names(s));
}

const char *hr_state_schema_name(const hr_state *s, size_t i)
{
    return hr_json_str(yyjson_mut_arr_get(schema_names(s), i)).p;
}

hr_status hr_state_add_schema_name(hr_state *s, const char *name, hr_error *err)
{
    yyjson_mut_val *names = schema_names(s);
    size_t at = 0;

    if (!yyjson_mut_is_arr(names)) {
        names = yyjson_mut_arr(s->doc);
        HR_TRY(put(s, root_of(s), "schema_names", names, err));
    }
    while (at < yyjson_mut_arr_size(names) && strcmp(hr_state_schema_name(s, at), name) < 0)
        at++;
    if (at < yyjson_mut_arr_size(names) && strcmp(hr_state_schema_name(s, at), name) == 0)
        return HR_OK;
    return yyjson_mut_arr_insert(names, yyjson_mut_strcpy(s->doc, name), at) ? HR_OK
                                                                             : hr_nomem(err);
}

hr_json_mdoc *hr_state_doc(const hr_state *s)
{
    return s->doc;
}

hr_json_mval *hr_state_sources(const hr_state *s)
{
    return hr_json_get(root_of(s), "sources");
}

hr_status hr_state_make_sources(hr_state *s, hr_json_mval **out, hr_error *err)
{
    if (!hr_state_sources(s))
        HR_TRY(put(s, root_of(s), "sources", yyjson_mut_obj(s->doc), err));
    *out = hr_state_sources(s);
    return HR_OK;
}

hr_status hr_state_forget_resource(hr_state *s, const char *source, const char *resource,
                                   hr_error *err)
{
    yyjson_mut_val *sources;

    HR_TRY(hr_state_make_sources(s, &sources, err));
    if (!hr_json_get(sources, source))
        HR_TRY(put(s, sources, source, yyjson_mut_obj(s->doc), err));
    yyjson_mut_val *resources = hr_json_get(hr_json_get(sources, source), "resources");
    if (yyjson_mut_is_obj(resources))
        (void)yyjson_mut_obj_remove_key(resources, resource);
    return HR_OK;
}

/* ---- _local ---- */

hr_status hr_state_take_local(hr_state *s, const hr_state *from, hr_error *err)
{
    return put(s, root_of(s), "_local", yyjson_mut_val_mut_copy(s->doc, local_of(from)), err);
}

bool hr_state_first_run(const hr_state *s)
{
    return yyjson_mut_get_bool(hr_json_get(local_of(s), "first_run"));
}

static yyjson_mut_val *run_context(hr_state *s, const char *dir)
{
    yyjson_mut_doc *doc = s->doc;
    yyjson_mut_val *context = yyjson_mut_obj(doc);
    hr_buf settings = {0}, uri = {0};

    hr_buf_addf(&settings, "%s/.dlt", dir);
    hr_buf_addf(&uri, "file://%s", dir);
    const bool ok =
        !settings.failed && !uri.failed &&
        hr_json_put(doc, context, "settings_dir", yyjson_mut_strcpy(doc, settings.data)) &&
        hr_json_put(doc, context, "local_dir", yyjson_mut_strcpy(doc, dir)) &&
        hr_json_put(doc, context, "run_dir", yyjson_mut_strcpy(doc, dir)) &&
        hr_json_put(doc, context, "uri", yyjson_mut_strcpy(doc, uri.data));
    hr_buf_release(&settings);
    hr_buf_release(&uri);
    return ok ? context : NULL;
}

hr_status hr_state_set_run(hr_state *s, const char *dir, hr_error *err)
{
    HR_TRY(put(s, local_of(s), "first_run", yyjson_mut_false(s->doc), err));
    return put(s, local_of(s), "last_run_context", run_context(s, dir), err);
}

bool hr_state_must_extract(const hr_state *s)
{
    const char *stored = hr_state_get(s, HR_STATE_VERSION_HASH);
    const char *extracted = hr_json_str(hr_json_get(local_of(s), "_last_extracted_hash")).p;

    return !stored || !extracted || strcmp(stored, extracted) != 0;
}

hr_status hr_state_mark_extracted(hr_state *s, int64_t now, hr_error *err)
{
    static const char datetime_mark[] = "\xef\x80\xa7"; /* U+F027: dlt's mark of a datetime */
    const char *hash = hr_state_get(s, HR_STATE_VERSION_HASH);
    char instant[HR_INSTANT_TEXT];
    char text[sizeof(datetime_mark) + sizeof(instant)];

    hr_format_instant(now, instant);
    (void)snprintf(text, sizeof(text), "%s%s", datetime_mark, instant);
    HR_TRY(put(s, local_of(s), "_last_extracted_at", yyjson_mut_strcpy(s->doc, text), err));
    return put(s, local_of(s), "_last_extracted_hash",
               hash ? yyjson_mut_strcpy(s->doc, hash) : yyjson_mut_null(s->doc), err);
}
