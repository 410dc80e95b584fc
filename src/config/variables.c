#include "config/variables.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/secret.h"
#include "headrace/headrace.h"

enum { MOST_PRINTED = 1 << 20 };

static void trim_end(hr_buf *b)
{
    while (b->len && isspace((unsigned char)b->data[b->len - 1]))
        b->data[--b->len] = '\0';
}

/* ---- where a value comes from ---- */

static hr_status from_file(const char *path, hr_buf *out, hr_error *err)
{
    HR_TRY(hr_read_file(path, out, err));
    trim_end(out);
    return hr_secret_add(hr_buf_str(out), err);
}

static hr_status read_all(FILE *pipe, hr_buf *out)
{
    char piece[4096];
    size_t n;

    while ((n = fread(piece, 1, sizeof(piece), pipe)) > 0)
        if (!hr_buf_add(out, (hr_str){piece, n}))
            return HR_E_NOMEM;
    return HR_OK;
}

static hr_status from_command(const char *command, hr_buf *out, hr_error *err)
{
    FILE *pipe = popen(command, "re"); // NOLINT(cert-env33-c): the user asks for a command

    if (!pipe)
        return hr_fail_errno(err, errno, "cannot run the command");
    const hr_status st = read_all(pipe, out);
    const int status = pclose(pipe);
    if (st != HR_OK)
        return hr_fail(err, HR_E_CONFIG, "the command prints more than %d MiB", MOST_PRINTED >> 20);
    if (status != 0)
        return hr_fail(err, HR_E_CONFIG, "the command failed with exit status %d",
                       WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    trim_end(out);
    return hr_secret_add(hr_buf_str(out), err);
}

typedef struct expander {
    hr_lookup *lookup;
    yyjson_val *but; /* NULL: nothing is left as it is */
} expander;

static hr_status not_found(const expander *e, const char *name, hr_error *err)
{
    hr_buf tried = {0};

    hr_lookup_add_tried(e->lookup, &tried);
    (void)hr_fail(err, HR_E_CONFIG,
                  "${%s} is not set; looked at %s. Set it, or write ${%s:-a default}", name,
                  tried.data ? tried.data : "", name);
    hr_buf_release(&tried);
    return HR_E_CONFIG;
}

static hr_status from_lookup(const expander *e, const char *name, const char *by_default,
                             hr_buf *out, hr_error *err)
{
    hr_found found = {0};

    HR_TRY(hr_lookup_get(e->lookup, name, &found, err));
    if (!found.text && !by_default)
        return not_found(e, name, err);
    if (found.text && hr_secret_is_name(hr_str_from(name)))
        HR_TRY(hr_secret_add(hr_str_from(found.text), err));
    hr_buf_addz(out, found.text ? found.text : by_default);
    return HR_OK;
}

static bool is_name(const char *s)
{
    for (; *s; s++)
        if (!isalnum((unsigned char)*s) && *s != '_' && *s != '.' && *s != '-')
            return false;
    return true;
}

/* What stands between the braces; `inside` is changed. */
static hr_status expand_one(const expander *e, char *inside, hr_buf *out, hr_error *err)
{
    hr_buf value = {.limit = MOST_PRINTED};
    char *by_default = strstr(inside, ":-");
    hr_status st;

    if (strncmp(inside, "file:", 5) == 0) {
        st = from_file(inside + 5, &value, err);
    } else if (strncmp(inside, "exec:", 5) == 0) {
        st = from_command(inside + 5, &value, err);
    } else {
        if (by_default)
            *by_default = '\0';
        st = inside[0] && is_name(inside)
                 ? from_lookup(e, inside, by_default ? by_default + 2 : NULL, &value, err)
                 : hr_fail(err, HR_E_CONFIG,
                           "${%s} is no variable; write $${ for the two characters", inside);
    }
    if (st == HR_OK && value.len)
        hr_buf_add(out, hr_buf_str(&value));
    hr_buf_release(&value);
    return st == HR_E_IO ? HR_E_CONFIG : st;
}

/* ---- texts ---- */

/* A brace in a command or a default belongs to it when it has a partner there. */
static size_t closing_brace(hr_str s)
{
    size_t depth = 1;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '{')
            depth++;
        else if (s.p[i] == '}' && --depth == 0)
            return i;
    }
    return s.n;
}

static hr_status expand_text(const expander *e, hr_str s, hr_buf *out, bool *changed, hr_error *err)
{
    while (s.n) {
        const char *dollar = memmem(s.p, s.n, "${", 2);
        const size_t before = dollar ? (size_t)(dollar - s.p) : s.n;
        const bool escaped = dollar && before && s.p[before - 1] == '$';

        hr_buf_add(out, (hr_str){s.p, escaped ? before - 1 : before});
        if (!dollar)
            break;
        *changed = true;
        s = (hr_str){dollar + 2, s.n - before - 2};
        if (escaped) {
            hr_buf_addz(out, "${");
            continue;
        }
        const size_t n = closing_brace(s);
        if (n == s.n)
            return hr_fail(err, HR_E_CONFIG,
                           "${ has no closing brace; write $${ for the two "
                           "characters");
        char *inside = hr_strndup((hr_str){s.p, n});
        const hr_status st = inside ? expand_one(e, inside, out, err) : hr_nomem(err);
        hr_free(inside);
        HR_TRY(st);
        s = (hr_str){s.p + n + 1, s.n - n - 1};
    }
    return HR_OK;
}

/* The values below one follow it in memory. */
static bool is_below(yyjson_val *top, const yyjson_val *val)
{
    return top && val >= top && val < unsafe_yyjson_get_next(top);
}

static hr_status expand(void *ctx, const hr_doc *doc, const yyjson_val *val, hr_buf *out,
                        bool *changed, hr_error *err)
{
    const hr_str text = {unsafe_yyjson_get_str((void *)(uintptr_t)val),
                         unsafe_yyjson_get_len((void *)(uintptr_t)val)};
    hr_error why = {0};

    if (is_below(((expander *)ctx)->but, val) || !memmem(text.p, text.n, "${", 2))
        return HR_OK;
    const hr_status st = expand_text(ctx, text, out, changed, &why);
    return st == HR_OK ? st : hr_doc_fail(doc, val, err, st, "%s", why.msg);
}

hr_status hr_variables_expand(hr_doc *doc, yyjson_val *but, hr_lookup *lookup, hr_error *err)
{
    expander e = {.lookup = lookup, .but = but};

    return hr_doc_expand(doc, expand, &e, err);
}

/* ---- secrets by their names ---- */

/* "Bearer abc": what follows the scheme. */
static hr_status note_secret(yyjson_val *val, hr_error *err)
{
    const hr_str text = {yyjson_get_str(val), yyjson_get_len(val)};
    const char *blank = text.n ? memchr(text.p, ' ', text.n) : NULL;

    HR_TRY(hr_secret_add(text, err));
    if (!blank)
        return HR_OK;
    return hr_secret_add((hr_str){blank + 1, text.n - (size_t)(blank + 1 - text.p)}, err);
}

hr_status hr_variables_note_secrets(yyjson_val *val, hr_error *err)
{
    yyjson_val *key, *child;
    size_t i, n;

    if (yyjson_is_str(val))
        return hr_secret_add_url((hr_str){yyjson_get_str(val), yyjson_get_len(val)}, err);
    yyjson_obj_foreach(val, i, n, key, child)
    {
        const hr_str name = {yyjson_get_str(key), yyjson_get_len(key)};

        if (yyjson_is_str(child) && hr_secret_is_name(name))
            HR_TRY(note_secret(child, err));
        HR_TRY(hr_variables_note_secrets(child, err));
    }
    yyjson_arr_foreach(val, i, n, child) HR_TRY(hr_variables_note_secrets(child, err));
    return HR_OK;
}
