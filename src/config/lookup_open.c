/* The files that a lookup reads. */
#include <errno.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "config/dotenv.h"
#include "config/lookup_int.h"
#include "config/toml.h"
#include "headrace/headrace.h"

const char *hr_lookup_variable(const char *name)
{
    const char *v = getenv(name); // NOLINT(concurrency-mt-unsafe): nobody sets it

    return v && v[0] ? v : NULL;
}

static hr_status read_toml(hr_lookup *l, hr_toml_file *f, const char *folder, const char *shown,
                           const char *name, hr_error *err)
{
    hr_buf text = {.limit = HR_TOML_BYTES + 4096};
    hr_error why = {0};

    f->path = hr_path_join(folder, name);
    char *label = hr_path_join(shown, name);
    f->label = label ? hr_arena_strndup(&l->arena, hr_str_from(label)) : NULL;
    hr_free(label);
    if (!f->path || !f->label)
        return hr_nomem(err);
    hr_status st = hr_read_file(f->path, &text, &why);
    if (st == HR_OK)
        st = hr_doc_parse_toml(&f->doc, hr_buf_str(&text), f->label, err);
    else if (why.os_errno == ENOENT || why.os_errno == ENOTDIR)
        st = HR_OK;
    else
        st = hr_fail(err, HR_E_CONFIG, "%s", why.msg);
    hr_buf_release(&text);
    return st;
}

static hr_status read_folder(hr_lookup *l, size_t i, const char *base, const char *shown_base,
                             const char *folder, hr_error *err)
{
    char *whole = base ? hr_path_join(base, folder) : hr_strdup(folder);
    char *shown = shown_base ? hr_path_join(shown_base, folder) : hr_strdup(folder);
    hr_status st = whole && shown ? HR_OK : hr_nomem(err);

    if (st == HR_OK)
        st = read_toml(l, &l->secrets[i], whole, shown, "secrets.toml", err);
    if (st == HR_OK)
        st = read_toml(l, &l->config[i], whole, shown, "config.toml", err);
    hr_free(whole);
    hr_free(shown);
    return st;
}

static hr_status read_dotenv(hr_lookup *l, const char *project, hr_error *err)
{
    char *file = project ? hr_path_join(project, ".env") : hr_strdup(".env");
    hr_buf text = {.limit = HR_TOML_BYTES};
    hr_error why = {0};

    l->dotenv_label = file ? hr_arena_strndup(&l->arena, hr_str_from(file)) : NULL;
    if (!l->dotenv_label) {
        hr_free(file);
        return hr_nomem(err);
    }
    hr_status st = hr_read_file(file, &text, &why);
    l->has_dotenv = st == HR_OK;
    if (st == HR_OK)
        st = hr_dotenv_parse(&l->dotenv, &l->arena, hr_buf_str(&text), l->dotenv_label, err);
    else if (why.os_errno == ENOENT)
        st = HR_OK;
    else
        st = hr_fail(err, HR_E_CONFIG, "%s", why.msg);
    hr_buf_release(&text);
    hr_free(file);
    return st;
}

hr_status hr_lookup_open(hr_lookup *l, hr_error *err)
{
    const char *own = hr_lookup_variable("HEADRACE_PROJECT_DIR");
    const char *project = own ? own : hr_lookup_variable("DLT_PROJECT_DIR");
    const char *dlt = hr_lookup_variable("DLT_CONFIG_FOLDER");
    const char *home = hr_lookup_variable("HOME");

    if (l->opened)
        return HR_OK;
    l->opened = true;
    HR_TRY(read_dotenv(l, project, err));
    HR_TRY(read_folder(l, 0, project, project, ".headrace", err));
    HR_TRY(read_folder(l, 1, project, project, dlt ? dlt : ".dlt", err));
    if (!home)
        return HR_OK;
    HR_TRY(read_folder(l, 2, home, "~", ".headrace", err));
    return read_folder(l, 3, home, "~", ".dlt", err);
}

hr_status hr_lookup_new(hr_lookup **out, const char *pipeline, hr_error *err)
{
    hr_lookup *l = hr_calloc(1, sizeof(*l));

    if (l && pipeline)
        l->pipeline = hr_arena_strndup(&l->arena, hr_str_from(pipeline));
    if (!l || (pipeline && !l->pipeline)) {
        hr_lookup_free(l);
        return hr_nomem(err);
    }
    *out = l;
    return HR_OK;
}

void hr_lookup_free(hr_lookup *l)
{
    if (!l)
        return;
    for (size_t i = 0; l->vaults[i]; i++)
        l->vaults[i]->close(l->vaults[i]);
    for (size_t i = 0; i < HR_LOOKUP_FOLDERS; i++) {
        hr_doc_free(l->secrets[i].doc);
        hr_doc_free(l->config[i].doc);
        hr_free(l->secrets[i].path);
        hr_free(l->config[i].path);
    }
    hr_map_release(&l->dotenv);
    hr_buf_release(&l->tried);
    hr_config_values_release(&l->values);
    hr_arena_release(&l->arena);
    hr_free(l);
}

/* ---- vaults ---- */

void hr_lookup_set_vaults(hr_lookup *l, hr_vaults_open_fn open)
{
    l->open_vaults = open;
}

hr_status hr_lookup_open_vaults(hr_lookup *l, hr_error *err)
{
    hr_vault *opened[HR_MOST_VAULTS + 1] = {0};

    if (!l->open_vaults || l->vaults_opened)
        return HR_OK;
    l->vaults_opened = true;
    hr_buf tried = l->tried; /* of the question that is under way */
    l->tried = (hr_buf){0};
    const hr_status st = l->open_vaults(l, l->pipeline, opened, err);
    hr_buf_release(&l->tried);
    l->tried = tried;
    memcpy(l->vaults, opened, sizeof(opened));
    return st;
}
