#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <yyjson.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/secret.h"
#include "headrace/headrace.h"
#include "pipeline/credentials.h"
#include "pipeline/given.h"
#include "pipeline/names.h"
#include "pipeline/pipeline_int.h"
#include "pipeline/refresh.h"
#include "pipeline/settings.h"
#include "schema/contract.h"
#include "vault/vault.h"

static const char default_name[] = "headrace";
enum { LONGEST_NAME = 64 };

/* ---- options ---- */

static hr_status check_name(const char *name, hr_error *err)
{
    if (!name[0] || name[0] == '.' || strchr(name, '/') || strlen(name) > LONGEST_NAME)
        return hr_fail(
            err, HR_E_CONFIG,
            "\"%s\" cannot name a pipeline: it names a folder, so it is 1 to %d bytes, does "
            "not begin with '.' and has no '/'",
            name, LONGEST_NAME);
    return HR_OK;
}

static char *home_folder(void)
{
    const char *home = getenv("HOME"); // NOLINT(concurrency-mt-unsafe): nobody sets it
    struct passwd entry;
    struct passwd *found = NULL;
    char text[4096];

    if (home && home[0])
        return hr_strdup(home);
    if (getpwuid_r(getuid(), &entry, text, sizeof(text), &found) == 0 && found)
        return hr_strdup(found->pw_dir);
    return NULL;
}

static hr_status choose_dir(hr_pipeline *p, const char *given, hr_error *err)
{
    const char *env = getenv("HEADRACE_PIPELINES_DIR"); // NOLINT(concurrency-mt-unsafe)
    char *home = NULL;
    char *parent = NULL;

    if (given && given[0]) {
        parent = hr_strdup(given);
    } else if (env && env[0]) {
        parent = hr_strdup(env);
    } else {
        home = home_folder();
        if (!home)
            return hr_fail(err, HR_E_CONFIG, "there is no home folder; say --pipelines-dir");
        parent = hr_path_join(home, ".headrace/pipelines");
    }
    p->dir = parent ? hr_path_join(parent, p->name) : NULL;
    p->packages = p->dir ? hr_path_join(p->dir, "packages") : NULL;
    hr_free(parent);
    hr_free(home);
    return p->packages ? HR_OK : hr_nomem(err);
}

static hr_status keep_text(char **out, const char *text, hr_error *err)
{
    *out = text ? hr_strdup(text) : NULL;
    return !text || *out ? HR_OK : hr_nomem(err);
}

/* What is given, else what the configuration says, else the last one: a URL, or a name. */
static hr_status ask_destination(hr_pipeline *p, const char *given, hr_lookup *l, hr_error *err)
{
    const char *asked = given && given[0] ? given : NULL;

    if (!asked)
        HR_TRY(hr_settings_destination(l, p->name, &p->arena, &asked, err));
    HR_TRY(keep_text(&p->url, asked, err));
    if (!p->url) {
        HR_TRY(hr_pipeline_remembered(p, "destination", &p->url, err));
        if (p->url)
            HR_TRY(hr_note_last(l, "destination", err));
    }
    if (!hr_is_destination_name(p->url))
        return HR_OK;
    p->destination_name = p->url;
    p->url = NULL;
    HR_TRY(hr_find_destination(l, p->destination_name, &p->arena, &asked, err));
    return keep_text(&p->url, asked, err);
}

static hr_status choose_destination(hr_pipeline *p, hr_error *err)
{
    hr_buf url = {0};

    if (!p->url) {
        hr_buf_addf(&url, "duckdb:///%s.duckdb", p->name);
        p->url = hr_buf_take(&url);
    }
    if (!p->url)
        return hr_nomem(err);
    HR_TRY(hr_secret_add_url(hr_str_from(p->url), err));
    HR_TRY(hr_destination_find(p->url, &p->ops, err));
    const hr_status st = p->ops->describe(p->url, &url, err);
    p->shown_url = hr_buf_take(&url);
    return st == HR_OK && !p->shown_url ? hr_nomem(err) : st;
}

/* One that is remembered is a name already. */
static hr_status choose_dataset(hr_pipeline *p, const char *given, hr_lookup *l, hr_error *err)
{
    hr_buf raw = {0};
    hr_buf name = {0};

    if (!given || !given[0])
        HR_TRY(hr_pipeline_remembered(p, "dataset", &p->dataset, err));
    if (p->dataset)
        return hr_note_last(l, "dataset", err);
    if (given && given[0])
        hr_buf_addz(&raw, given);
    else
        hr_buf_addf(&raw, "%s_dataset", p->name);
    hr_status st = hr_buf_status(&raw, err);
    if (st == HR_OK)
        st = hr_naming_identifier(&p->naming, hr_buf_str(&raw), &name, err);
    hr_buf_release(&raw);
    p->dataset = st == HR_OK ? hr_buf_take(&name) : NULL;
    hr_buf_release(&name);
    if (st != HR_OK)
        return hr_fail_in(err, HR_E_CONFIG, "dataset");
    return p->dataset ? HR_OK : hr_nomem(err);
}

/* That of the last run's source, else one made of the pipeline's name. */
static hr_status choose_schema_name(hr_pipeline *p, hr_error *err)
{
    hr_buf text = {0};
    char *last = NULL;

    HR_TRY(hr_pipeline_remembered_copy(p, "schema", &last, err));
    const hr_status st = hr_naming_schema_name(hr_str_from(last ? last : p->name), &text, err);
    p->schema_settled = last != NULL;
    hr_free(last);
    p->schema_name = st == HR_OK ? hr_buf_take(&text) : NULL;
    hr_buf_release(&text);
    return st == HR_OK && !p->schema_name ? hr_nomem(err) : st;
}

static unsigned processors(void)
{
    const long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n > 0 ? (unsigned)n : 1;
}

enum { SMALLEST_MEMORY = 32 << 20, MOST_WORKERS = 256 };
static const uint64_t default_memory = 256U << 20;

static hr_status choose_limits(hr_pipeline *p, const hr_pipeline_options *o, unsigned configured,
                               hr_error *err)
{
    p->memory_limit = o->memory_limit ? o->memory_limit : default_memory;
    p->workers = o->workers ? o->workers : configured ? configured : processors();
    if (p->memory_limit < SMALLEST_MEMORY)
        return hr_fail(err, HR_E_CONFIG, "the memory limit is at least %d MiB",
                       SMALLEST_MEMORY >> 20);
    if (p->workers > MOST_WORKERS)
        return hr_fail(err, HR_E_CONFIG, "there are at most %d workers", MOST_WORKERS);
    return HR_OK;
}

static hr_status choose_alerts(hr_pipeline *p, const char *settings, hr_error *err)
{
    HR_TRY(hr_doc_parse_json(&p->alerts_doc, hr_str_from(settings), "settings", err));
    return hr_alerts_read(p->alerts_doc, yyjson_obj_get(hr_doc_root(p->alerts_doc), "alerts"),
                          &p->alerts, err);
}

static hr_status read_settings(hr_pipeline *p, const char *text, hr_error *err)
{
    HR_TRY(hr_run_hints_parse(&p->hints, text, err));
    if (p->hints.alerts)
        HR_TRY(choose_alerts(p, text, err));
    if (p->hints.schema_contract)
        HR_TRY(hr_contract_check(p->hints.schema_contract, err));
    if (p->hints.state)
        HR_TRY(hr_state_edits_take(p, p->hints.state, err));
    return hr_refresh_mode_of(p->hints.refresh, &(hr_refresh_mode){HR_REFRESH_NONE}, err);
}

static hr_status choose_settings(hr_pipeline *p, const hr_settings *found, const char *given,
                                 hr_error *err)
{
    const bool both = found->run && given && given[0];
    hr_buf merged = {0};

    hr_status st = both ? hr_settings_merge(found->run, given, &merged, err) : HR_OK;
    if (st == HR_OK)
        st = read_settings(p, both ? merged.data : found->run ? found->run : given, err);
    hr_buf_release(&merged);
    return st == HR_OK ? keep_text(&p->http_runtime, found->http, err) : st;
}

static hr_status open_as_asked(hr_pipeline *p, const hr_pipeline_options *o, hr_lookup *l,
                               const char *source, hr_error *err)
{
    const bool has_dataset = o->dataset && o->dataset[0];
    hr_settings found = {0};

    HR_TRY(hr_note_options(l, o, err));
    HR_TRY(check_name(p->name, err));
    HR_TRY(choose_dir(p, o->pipelines_dir, err));
    HR_TRY(choose_schema_name(p, err));
    HR_TRY(ask_destination(p, o->destination, l, err));
    const hr_settings_of of = {p->name, p->destination_name, source};
    HR_TRY(hr_settings_find(&found, l, &of, &p->arena, err));
    HR_TRY(choose_destination(p, err));
    HR_TRY(choose_settings(p, &found, o->settings, err));
    HR_TRY(hr_pipeline_choose_naming(p, err));
    HR_TRY(hr_preferred_types_check(p->hints.preferred_types, &p->naming, err));
    HR_TRY(choose_dataset(p, has_dataset ? o->dataset : found.dataset, l, err));
    HR_TRY(choose_limits(p, o, found.workers, err));
    return hr_note_outcome(p, l, err);
}

hr_status hr_pipeline_open_with(hr_pipeline **out, const hr_pipeline_options *o, hr_lookup *l,
                                const char *source, hr_error *err)
{
    hr_pipeline *p = hr_calloc(1, sizeof(*p));

    if (!p)
        return hr_nomem(err);
    p->dry_run = o->dry_run;
    p->on_event = o->on_event;
    p->event_ctx = o->event_ctx;
    p->name = hr_strdup(o->name && o->name[0] ? o->name : default_name);
    const hr_status st = p->name ? open_as_asked(p, o, l, source, err) : hr_nomem(err);
    if (st != HR_OK)
        hr_pipeline_close(p);
    else
        *out = p;
    return st;
}

hr_status hr_pipeline_open(hr_pipeline **out, const hr_pipeline_options *options, hr_error *err)
{
    static const hr_pipeline_options defaults = {.size = sizeof(defaults)};
    const hr_pipeline_options *o = options ? options : &defaults;
    hr_lookup *l = NULL;

    if (!out)
        return hr_fail(err, HR_E_USAGE, "there is no place for the pipeline");
    *out = NULL;
    if (o->size != sizeof(*o))
        return hr_fail(err, HR_E_USAGE, "hr_pipeline_options.size is %zu, not %zu", o->size,
                       sizeof(*o));
    HR_TRY(hr_lookup_new(&l, o->name && o->name[0] ? o->name : default_name, err));
    hr_lookup_set_vaults(l, hr_vaults_open);
    const hr_status st = hr_pipeline_open_with(out, o, l, NULL, err);
    if (st == HR_OK)
        hr_pipeline_take_values(*out, l);
    hr_lookup_free(l);
    return st;
}

void hr_pipeline_close(hr_pipeline *p)
{
    if (!p)
        return;
    hr_pipeline_drop_resources(p);
    hr_free(p->resources);
    hr_state_edits_release(p);
    hr_free(p->edits);
    hr_free(p->plan);
    hr_arena_release(&p->arena);
    hr_config_values_release(&p->values);
    hr_run_hints_release(&p->hints);
    hr_doc_free(p->alerts_doc);
    hr_doc_free(p->hook_doc);
    hr_free(p->name);
    hr_free(p->schema_name);
    hr_free(p->dir);
    hr_free(p->packages);
    hr_free(p->destination_name);
    hr_free(p->http_runtime);
    hr_free(p->url);
    hr_free(p->shown_url);
    hr_free(p->dataset);
    hr_free(p);
}

hr_status hr_pipeline_check(const hr_pipeline *p, hr_error *err)
{
    if (!p)
        return hr_fail(err, HR_E_USAGE, "the pipeline is NULL");
    if (p->running)
        return hr_fail(err, HR_E_USAGE,
                       "pipeline %s runs, so its callbacks cannot change or run it", p->name);
    return HR_OK;
}

void hr_pipeline_cancel(hr_pipeline *p)
{
    if (!p)
        return;
    atomic_store(&p->cancelled, true);
    atomic_fetch_add(&p->cancelling, 1);
    hr_page_source *source = atomic_load(&p->reading);
    if (source && source->cancel)
        source->cancel(source->self);
    atomic_fetch_sub(&p->cancelling, 1);
}

/* ---- memory ---- */

static size_t clamp(uint64_t n, size_t least, size_t most)
{
    return n < least ? least : n > most ? most : (size_t)n;
}

/* While extracting: pages (one being read, one a worker in the queue, one a worker at work and
 * its copy) and builders, which take as much again while they are written. What is small is still
 * in the processor's cache when the next one needs it. Later an embedded engine gets most of what
 * its own code and the batches in flight leave. */
hr_memory_plan hr_plan_memory(uint64_t limit, unsigned workers)
{
    return (hr_memory_plan){.page_bytes = clamp(limit / 128 / workers, 64U << 10, 256U << 10),
                            .item_limit = (size_t)(limit / 4),
                            .queue_bytes = (size_t)(limit / 8),
                            .flush_bytes = clamp(limit / 32 / workers, 256U << 10, 1U << 20),
                            .engine = limit / 16 * 7};
}

hr_destination_settings hr_pipeline_settings(const hr_pipeline *p, bool read_only)
{
    return (hr_destination_settings){.url = p->url,
                                     .dataset = p->dataset,
                                     .read_only = read_only,
                                     .memory_limit =
                                         hr_plan_memory(p->memory_limit, p->workers).engine,
                                     .threads = p->workers,
                                     .cancelled = &p->cancelled};
}

/* ---- what is said ---- */

void hr_pipeline_say(const hr_pipeline *p, hr_event_kind kind, const char *fmt, ...)
{
    char message[1024];
    va_list ap;

    if (!p->on_event)
        return;
    va_start(ap, fmt);
    const int n = vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    const bool cut = n >= (int)sizeof(message);
    message[hr_secret_blank(message, strlen(message), cut)] = '\0';
    p->on_event(p->event_ctx, &(hr_event){.kind = kind, .message = message});
}

const char *hr_version(void)
{
    return HR_VERSION;
}
