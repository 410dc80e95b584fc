#include "cli/rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/grid.h"
#include "cli/utf8.h"

struct cli_rows {
    cli_style style;
    cli_format format;
    size_t n_columns;
    size_t at;      /* the column that comes next */
    bool any;       /* a row is out (JSON) */
    char **keys;    /* JSON: "name": in front of the values, each name once */
    cli_text text;  /* of the row that is being filled */
    cli_grid *grid; /* table */
    cli_grid_cell *cells;
};

/* ---- Keys of JSON objects: a query may give one name to two columns ---- */

static bool taken(const cli_column *columns, char **names, size_t n, size_t n_columns,
                  const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    for (size_t i = n + 1; i < n_columns; i++)
        if (strcmp(columns[i].name, name) == 0 && strcmp(columns[n].name, name) != 0)
            return true;
    return false;
}

static char *unique_name(const cli_column *columns, char **names, size_t n, size_t n_columns)
{
    cli_text name = {0};
    unsigned suffix = 0;

    cli_text_addz(&name, columns[n].name);
    while (taken(columns, names, n, n_columns, cli_text_z(&name))) {
        cli_text_reset(&name);
        cli_text_addf(&name, "%s_%u", columns[n].name, ++suffix);
    }
    return name.p;
}

static void make_keys(cli_rows *r, const cli_column *columns)
{
    r->keys = cli_alloc(r->n_columns, sizeof(*r->keys));
    for (size_t i = 0; i < r->n_columns; i++)
        r->keys[i] = unique_name(columns, r->keys, i, r->n_columns);
    for (size_t i = 0; i < r->n_columns; i++) {
        cli_text key = {0};

        cli_text_add_json(&key, r->keys[i], strlen(r->keys[i]));
        free(r->keys[i]);
        r->keys[i] = key.p;
    }
}

/* ---- CSV: NULL is nothing at all, an empty text is "" ---- */

static void add_csv(cli_text *out, cli_cell_kind kind, const char *p, size_t n)
{
    bool plain = n > 0 && p[0] != ' ' && p[n - 1] != ' ';

    if (kind == CLI_CELL_NULL)
        return;
    for (size_t i = 0; i < n && plain; i++)
        plain = p[i] != '"' && p[i] != ',' && p[i] != '\n' && p[i] != '\r' && p[i] != '\0';
    if (plain) {
        cli_text_add(out, p, n);
        return;
    }
    cli_text_addc(out, '"');
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '"')
            cli_text_addc(out, '"');
        cli_text_addc(out, p[i]);
    }
    cli_text_addc(out, '"');
}

/* ---- Rows ---- */

static void put_csv_header(cli_rows *r, const cli_column *columns)
{
    for (size_t i = 0; i < r->n_columns; i++) {
        if (i)
            cli_text_addc(&r->text, ',');
        add_csv(&r->text, CLI_CELL_TEXT, columns[i].name, strlen(columns[i].name));
    }
    cli_text_addc(&r->text, '\n');
    (void)fwrite(r->text.p, 1, r->text.n, r->style.out);
    cli_text_reset(&r->text);
}

cli_rows *cli_rows_begin(const cli_style *style, cli_format format, const cli_column *columns,
                         size_t n_columns)
{
    cli_rows *r = cli_alloc(1, sizeof(*r));

    r->style = *style;
    r->format = format;
    r->n_columns = n_columns;
    if (format == CLI_FORMAT_CSV)
        put_csv_header(r, columns);
    if (format == CLI_FORMAT_JSON)
        make_keys(r, columns);
    if (format == CLI_FORMAT_TABLE) {
        r->cells = cli_alloc(n_columns, sizeof(*r->cells));
        r->grid = cli_grid_begin(style, columns, n_columns);
    }
    return r;
}

static void add_csv_cell(cli_rows *r, cli_cell_kind kind, const char *p, size_t n)
{
    if (r->at)
        cli_text_addc(&r->text, ',');
    add_csv(&r->text, kind, p, n);
}

static void add_json_cell(cli_rows *r, cli_cell_kind kind, const char *p, size_t n)
{
    cli_text_addz(&r->text, r->at ? "," : "{");
    cli_text_addz(&r->text, r->keys[r->at]);
    cli_text_addc(&r->text, ':');
    cli_cell_add_json(&r->text, kind, p, n);
}

/* A text that reads NULL is put in quotes, so that it is not taken for none. */
static void add_table_cell(cli_rows *r, cli_cell_kind kind, const char *p, size_t n)
{
    cli_grid_cell *cell = &r->cells[r->at];

    cell->at = r->text.n;
    cell->kind = kind;
    if (kind != CLI_CELL_NULL && n == 4 && memcmp(p, "NULL", 4) == 0)
        cli_text_addz(&r->text, "'NULL'");
    else
        cli_utf8_add_visible(&r->text, p, n);
    cell->n = r->text.n - cell->at;
}

static void end_row(cli_rows *r)
{
    if (r->format == CLI_FORMAT_TABLE) {
        cli_grid_row(r->grid, r->cells, cli_text_z(&r->text));
    } else {
        if (r->format == CLI_FORMAT_JSON)
            (void)fputs(r->any ? ",\n" : "[\n", r->style.out);
        cli_text_addz(&r->text, r->format == CLI_FORMAT_JSON ? "}" : "\n");
        (void)fwrite(r->text.p, 1, r->text.n, r->style.out);
    }
    r->any = true;
    r->at = 0;
    cli_text_reset(&r->text);
}

void cli_rows_cell(cli_rows *r, cli_cell_kind kind, const char *p, size_t n)
{
    switch (r->format) {
    case CLI_FORMAT_TABLE:
        add_table_cell(r, kind, p, n);
        break;
    case CLI_FORMAT_CSV:
        add_csv_cell(r, kind, p, n);
        break;
    case CLI_FORMAT_JSON:
        add_json_cell(r, kind, p, n);
        break;
    }
    if (++r->at == r->n_columns)
        end_row(r);
}

void cli_rows_text(cli_rows *r, const char *text)
{
    cli_rows_cell(r, text ? CLI_CELL_TEXT : CLI_CELL_NULL, text ? text : "",
                  text ? strlen(text) : 0);
}

void cli_rows_number(cli_rows *r, uint64_t n)
{
    char digits[24];
    const int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);

    cli_rows_cell(r, CLI_CELL_NUMBER, digits, (size_t)len);
}

static void release(cli_rows *r)
{
    for (size_t i = 0; r->keys && i < r->n_columns; i++)
        free(r->keys[i]);
    free(r->keys);
    free(r->cells);
    cli_text_release(&r->text);
    free(r);
}

void cli_rows_end(cli_rows *r)
{
    if (r->format == CLI_FORMAT_TABLE)
        cli_grid_end(r->grid, true);
    if (r->format == CLI_FORMAT_JSON)
        (void)fputs(r->any ? "\n]\n" : "[]\n", r->style.out);
    release(r);
}

void cli_rows_break(cli_rows *r)
{
    if (r->format == CLI_FORMAT_TABLE)
        cli_grid_end(r->grid, false);
    if (r->format == CLI_FORMAT_JSON && r->any)
        (void)fputc('\n', r->style.out);
    release(r);
}

/* ---- From an Arrow stream ---- */

static hr_status stream_failed(struct ArrowArrayStream *stream, hr_error *err)
{
    const char *why = stream->get_last_error(stream);

    return hr_fail(err, HR_E_REMOTE, "%s", why ? why : "the result could not be read");
}

static void write_batch(cli_rows *r, const cli_type *t, const struct ArrowArray *batch,
                        int64_t n_rows, cli_text *text)
{
    const char sep = r->format == CLI_FORMAT_TABLE ? ' ' : 'T';

    for (int64_t row = 0; row < n_rows; row++) {
        for (size_t i = 0; i < r->n_columns; i++) {
            cli_text_reset(text);
            const cli_cell_kind kind = cli_cell_add(text, cli_type_child(t, i), batch->children[i],
                                                    batch->offset + row, sep);

            cli_rows_cell(r, kind, cli_text_z(text), text->n);
        }
    }
}

static cli_rows *begin_for(const cli_style *style, cli_format format, const cli_type *t)
{
    const size_t n = cli_type_n_children(t);
    cli_column *columns = cli_alloc(n, sizeof(*columns));

    for (size_t i = 0; i < n; i++)
        columns[i] = (cli_column){.name = cli_type_name(cli_type_child(t, i)),
                                  .right = cli_type_is_number(cli_type_child(t, i))};
    cli_rows *r = cli_rows_begin(style, format, columns, n);
    free(columns);
    return r;
}

/* Whole batches until `limit` cuts one. */
static hr_status write_batches(cli_rows *r, const cli_type *t, struct ArrowArrayStream *stream,
                               uint64_t limit, bool *more, hr_error *err)
{
    const uint64_t all = limit ? limit : UINT64_MAX;
    cli_text text = {0};
    uint64_t written = 0;
    hr_status st = HR_OK;

    *more = false;
    while (!*more && !ferror(r->style.out)) {
        struct ArrowArray batch = {0};

        if (stream->get_next(stream, &batch) != 0) {
            st = stream_failed(stream, err);
            break;
        }
        if (!batch.release)
            break;

        const uint64_t rest = all - written;
        *more = (uint64_t)batch.length > rest;
        const int64_t n = *more ? (int64_t)rest : batch.length;
        if (r->n_columns)
            write_batch(r, t, &batch, n, &text);
        written += (uint64_t)n;
        batch.release(&batch);
    }
    cli_text_release(&text);
    return st;
}

hr_status cli_rows_write(const cli_style *style, cli_format format, struct ArrowArrayStream *stream,
                         uint64_t limit, bool *more, hr_error *err)
{
    struct ArrowSchema schema = {0};
    cli_type *t = NULL;
    hr_status st;

    if (stream->get_schema(stream, &schema) != 0)
        return stream_failed(stream, err);
    st = cli_type_new(&t, &schema, err);
    if (schema.release)
        schema.release(&schema);
    HR_TRY(st);

    cli_rows *r = begin_for(style, format, t);
    st = write_batches(r, t, stream, limit, more, err);
    if (st == HR_OK)
        cli_rows_end(r);
    else
        cli_rows_break(r);
    cli_type_free(t);
    return st;
}
