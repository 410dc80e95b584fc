/* Resources: what a pipeline reads in its next run. */
#include "base/mem.h"
#include "headrace/headrace.h"
#include "pipeline/names.h"
#include "pipeline/pipeline_int.h"
#include "schema/apply.h"
#include "schema/contract.h"
#include "schema/shape.h"
#include "source/filesystem/filesystem.h"

/* ---- one of them ---- */

static hr_status check_resource(const hr_resource_options *o, hr_error *err)
{
    if (!o || o->size != sizeof(*o))
        return hr_fail(err, HR_E_USAGE, "hr_resource_options.size is not %zu", sizeof(*o));
    if (!o->table || !o->table[0])
        return hr_fail(err, HR_E_CONFIG, "a resource needs a table name");
    return HR_OK;
}

/* Fields are shaped on their way out of JSON. */
static hr_status check_arrow(const hr_resource *r, hr_error *err)
{
    if (r->hints.include || r->hints.exclude || r->hints.rename)
        return hr_fail(err, HR_E_UNSUPPORTED,
                       "resource %s: include, exclude and rename are not for Arrow streams; leave "
                       "columns out, or rename them, in the stream",
                       r->table);
    return HR_OK;
}

static hr_status fill_resource(const hr_pipeline *p, hr_resource *r, const hr_resource_options *o,
                               hr_error *err)
{
    const hr_status st = hr_hints_parse(&r->hints, o->hints, err);

    if (st != HR_OK)
        return hr_fail_in(err, st, "resource %s", o->table);
    r->table = hr_strdup(o->table);
    if (!r->table)
        return hr_nomem(err);
    HR_TRY(hr_hints_check(&r->hints, &p->naming, r->table, err));
    HR_TRY(hr_row_shape_check(&r->hints, &p->naming, err));
    HR_TRY(hr_pipeline_root_name(p, hr_resource_table(r), &r->root, err));
    HR_TRY(hr_pipeline_check_root(p, p->n_resources, r->root, err));
    const int levels = r->hints.max_table_nesting;
    r->shred = (hr_shred_options){.max_nesting = levels >= 0 ? levels : p->hints.max_table_nesting,
                                  .widen = r->hints.widen,
                                  .last_wins = r->hints.last_wins};
    if (r->hints.schema_contract)
        HR_TRY(hr_contract_check(r->hints.schema_contract, err));
    return r->hints.incremental ? hr_incremental_new(&r->incremental, r->hints.incremental,
                                                     r->hints.primary_key, r->table, err)
                                : HR_OK;
}

/* With what the command line says laid over its hints. */
static hr_status fill_over(const hr_pipeline *p, hr_resource *r, const hr_resource_options *o,
                           hr_error *err)
{
    hr_resource_options over = *o;
    hr_doc *own = NULL;
    hr_buf hints = {0};

    if (o->hints)
        HR_TRY(hr_doc_parse_json(&own, hr_str_from(o->hints), "hints", err));
    hr_status st = hr_file_merge(own ? hr_doc_root(own) : NULL, false, p->hints_over, &hints, err);
    hr_doc_free(own);
    over.hints = hints.data;
    if (st == HR_OK)
        st = fill_resource(p, r, &over, err);
    hr_buf_release(&hints);
    return st;
}

hr_status hr_pipeline_new_resource(hr_pipeline *p, const hr_resource_options *o, hr_resource **out,
                                   hr_error *err)
{
    hr_resource r = {0};

    HR_TRY(hr_pipeline_check(p, err));
    HR_TRY(check_resource(o, err));
    hr_status st = p->hints_over ? fill_over(p, &r, o, err) : fill_resource(p, &r, o, err);
    if (st == HR_OK && !HR_PUSH(p->resources, p->n_resources, p->cap_resources, r))
        st = hr_nomem(err);
    if (st != HR_OK)
        hr_resource_release(&r);
    else
        *out = &p->resources[p->n_resources - 1];
    return st;
}

static void drop_last_resource(hr_pipeline *p)
{
    hr_resource_release(&p->resources[--p->n_resources]);
}

/* ---- by kind ---- */

hr_status hr_pipeline_add_files(hr_pipeline *p, const hr_resource_options *options,
                                const char *const *paths, size_t n_paths, hr_error *err)
{
    hr_resource *r = NULL;

    for (size_t i = 0; i < n_paths; i++) {
        if (!paths || !paths[i] || !paths[i][0])
            return hr_fail(err, HR_E_USAGE, "path %zu of %zu is empty", i + 1, n_paths);
    }
    if (!n_paths)
        return hr_fail(err, HR_E_CONFIG, "no files are given");
    HR_TRY(hr_pipeline_new_resource(p, options, &r, err));
    r->paths = hr_calloc(n_paths, sizeof(*r->paths));
    for (size_t i = 0; r->paths && i < n_paths; i++) {
        r->paths[i] = hr_strdup(paths[i]);
        r->n_paths = i + 1;
        if (!r->paths[i])
            break;
    }
    if (!r->paths || r->n_paths != n_paths || !r->paths[n_paths - 1]) {
        drop_last_resource(p);
        return hr_nomem(err);
    }
    return HR_OK;
}

hr_status hr_pipeline_add_json(hr_pipeline *p, const hr_resource_options *options,
                               const hr_json_source *source, hr_error *err)
{
    hr_resource *r = NULL;

    if (!source)
        return hr_fail(err, HR_E_USAGE, "the source is NULL");
    hr_status st = source->next ? hr_pipeline_new_resource(p, options, &r, err)
                                : hr_fail(err, HR_E_USAGE, "a source needs a next()");
    if (st != HR_OK) {
        if (source->close)
            source->close(source->ctx);
        return st;
    }
    const hr_memory_plan plan = hr_plan_memory(p->memory_limit, p->workers);
    st = hr_json_callback_open(&r->pages, r->table, source, plan.page_bytes, plan.item_limit, err);
    if (st != HR_OK)
        drop_last_resource(p);
    return st;
}

hr_status hr_pipeline_add_arrow(hr_pipeline *p, const hr_resource_options *options,
                                struct ArrowArrayStream *stream, hr_error *err)
{
    hr_resource *r = NULL;

    if (!stream || !stream->release)
        return hr_fail(err, HR_E_USAGE, "the stream is %s", stream ? "released already" : "NULL");
    hr_status st = hr_pipeline_new_resource(p, options, &r, err);
    if (st == HR_OK && (st = check_arrow(r, err)) != HR_OK)
        drop_last_resource(p);
    if (st != HR_OK) {
        stream->release(stream);
        return st;
    }
    r->arrow = *stream;
    stream->release = NULL;
    return HR_OK;
}

/* ---- the end of them ---- */

void hr_resource_release(hr_resource *r)
{
    if (r->pages.close)
        r->pages.close(r->pages.self);
    for (size_t i = 0; i < r->n_paths; i++)
        hr_free(r->paths[i]);
    hr_free(r->paths);
    if (r->arrow.release)
        r->arrow.release(&r->arrow);
    hr_free(r->table);
    hr_free(r->root);
    hr_incremental_free(r->incremental);
    hr_row_shape_release(&r->shape);
    hr_hints_release(&r->hints);
    *r = (hr_resource){0};
}

void hr_pipeline_drop_resources(hr_pipeline *p)
{
    for (size_t i = 0; i < p->n_resources; i++)
        hr_resource_release(&p->resources[i]);
    p->n_resources = 0;
    hr_rest_source_free(p->rest);
    p->rest = NULL;
}
