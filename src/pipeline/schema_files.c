/* The schema as files for people: import_schema's is what the run begins with when it was changed,
 * export_schema's is what the run ends with. */
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "pipeline/run_int.h"
#include "schema/schema_file.h"

/* As dlt names it; the caller's. NULL: out of memory. */
static char *path_in(const hr_run *r, const char *folder)
{
    hr_buf name = {0};

    hr_buf_addf(&name, "%s.schema.yaml", r->p->schema_name);
    char *path = name.failed ? NULL : hr_path_join(folder, name.data);
    hr_buf_release(&name);
    return path;
}

static hr_status write_file(const hr_run *r, const char *folder, const hr_buf *text, hr_error *err)
{
    char *path = path_in(r, folder);
    hr_status st = path ? hr_make_folders(folder, err) : hr_nomem(err);

    if (st == HR_OK)
        st = hr_replace_file(path, hr_buf_str(text), false, err);
    hr_free(path);
    return st;
}

/* ---- import ---- */

/* What is at the destination already is not made anew, whatever the file says now. */
static void warn_of_rows(hr_run *r, const char *path)
{
    hr_buf names = {0};

    for (size_t i = 0; i < r->stored->n_tables; i++) {
        const hr_table *t = r->stored->tables[i];

        if (t->seen_data && strncmp(t->name, "_dlt_", 5) != 0)
            hr_buf_addf(&names, "%s%s", names.len ? ", " : "", t->name);
    }
    if (names.len && !names.failed)
        hr_run_warn(r,
                    "%s was changed, so it takes the place of the schema; columns of tables that "
                    "have rows (%s) become wider at most, unless refresh drops the tables",
                    path, names.data);
    hr_buf_release(&names);
}

/* `s` is given away. */
static hr_status begin_with(hr_run *r, hr_schema *s, const char *path, const char *hash,
                            hr_error *err)
{
    char before[HR_HASH_TEXT] = "";
    char now[HR_HASH_TEXT] = "";
    hr_status st = hr_schema_set_imported_hash(s, hash, err);

    if (st == HR_OK && r->stored)
        st = hr_schema_follow(s, r->schema, err);
    if (st == HR_OK)
        st = hr_schema_hash(r->schema, before, err);
    if (st == HR_OK)
        st = hr_schema_hash(s, now, err);
    if (st != HR_OK || strcmp(now, before) == 0) {
        hr_schema_free(s);
        return st;
    }
    if (r->stored && !r->dropped.len)
        warn_of_rows(r, path);
    hr_schema_free(r->schema);
    r->schema = s;
    r->imported = true;
    return HR_OK;
}

static hr_status import_file(hr_run *r, const char *path, hr_error *err)
{
    hr_schema *s = NULL;
    char hash[HR_HASH_TEXT];

    HR_TRY(hr_schema_read_file(&s, path, hash, err));
    if (strcmp(s->name, r->p->schema_name) != 0) {
        (void)hr_fail(err, HR_E_CONFIG,
                      "schema file %s: it is of the schema %s, but the pipeline's is %s", path,
                      s->name, r->p->schema_name);
        hr_schema_free(s);
        return HR_E_CONFIG;
    }
    const char *last = r->stored ? hr_schema_imported_hash(r->stored) : NULL;
    if (last && strcmp(last, hash) == 0 && !r->dropped.len) {
        hr_schema_free(s);
        return HR_OK;
    }
    return begin_with(r, s, path, hash, err);
}

hr_status hr_run_import_schema(hr_run *r, hr_error *err)
{
    const char *folder = r->p->hints.import_schema;
    char *path = folder ? path_in(r, folder) : NULL;

    if (!folder)
        return HR_OK;
    if (!path)
        return hr_nomem(err);
    r->import_missing = !hr_path_exists(path);
    const hr_status st = r->import_missing ? HR_OK : import_file(r, path, err);
    hr_free(path);
    return st;
}

/* ---- what a run leaves ---- */

static bool same_folder(const hr_pipeline *p)
{
    return p->hints.import_schema && p->hints.export_schema &&
           strcmp(p->hints.import_schema, p->hints.export_schema) == 0;
}

hr_status hr_run_note_import(hr_run *r, hr_error *err)
{
    char hash[HR_HASH_TEXT];

    if (!r->import_missing || same_folder(r->p))
        return HR_OK;
    HR_TRY(hr_schema_write_yaml(r->schema, true, hash, &r->import_text, err));
    return hr_schema_set_imported_hash(r->schema, hash, err);
}

hr_status hr_run_write_import(const hr_run *r, hr_error *err)
{
    return r->import_text.len ? write_file(r, r->p->hints.import_schema, &r->import_text, err)
                              : HR_OK;
}

/* The file that is written next is the one that the next run finds. */
hr_status hr_run_link_export(hr_run *r, hr_error *err)
{
    hr_buf text = {0};
    char hash[HR_HASH_TEXT];

    if (!same_folder(r->p))
        return HR_OK;
    hr_status st = hr_schema_write_yaml(r->schema, true, hash, &text, err);
    if (st == HR_OK)
        st = hr_schema_set_imported_hash(r->schema, hash, err);
    hr_buf_release(&text);
    return st;
}

hr_status hr_run_export_schema(const hr_run *r, hr_error *err)
{
    const hr_schema *s = r->loaded ? r->schema : r->stored;
    const char *folder = r->p->hints.export_schema;
    hr_buf text = {0};

    if (!folder || !s)
        return HR_OK;
    hr_status st = hr_schema_write_yaml(s, same_folder(r->p), NULL, &text, err);
    if (st == HR_OK)
        st = write_file(r, folder, &text, err);
    hr_buf_release(&text);
    return st;
}
