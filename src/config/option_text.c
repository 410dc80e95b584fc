#include "config/option_text.h"

#include "json/json.h"

enum { WIDTH = 88, DEEPEST = 12 };

/* ---- templates ---- */

typedef struct writer {
    hr_buf *out;
    unsigned indent;
    bool off; /* all of it is a comment, which begins at column `from` */
    unsigned from;
    unsigned depth;
} writer;

static void begin_line(const writer *w, bool comment)
{
    const unsigned from = w->off ? w->from : w->indent;

    hr_buf_addf(w->out, "%*s%s%*s", (int)from, "", w->off || comment ? "# " : "",
                (int)(w->indent - from), "");
}

/* A comment in lines of at most WIDTH columns. */
static void add_help(const writer *w, const char *help)
{
    while (help && *help) {
        size_t n = strlen(help);
        const size_t room = WIDTH - w->indent;

        if (n > room)
            for (n = room; n > 1 && help[n] != ' ';)
                n--;
        begin_line(w, false);
        hr_buf_addf(w->out, "# %.*s\n", (int)n, help);
        help += n + strspn(help + n, " ");
    }
}

static const char *sample_of(const hr_option *o)
{
    if (o->example)
        return o->example;
    if (o->by_default)
        return o->by_default;
    if (o->choices)
        return o->choices[0];
    switch (o->kind) {
    case HR_OPTION_BOOL:
        return "false";
    case HR_OPTION_INT:
    case HR_OPTION_REAL:
        return "0";
    case HR_OPTION_TEXTS:
    case HR_OPTION_ARRAY:
    case HR_OPTION_LIST:
        return "[]";
    case HR_OPTION_OBJECT:
    case HR_OPTION_MAP:
        return "{}";
    default:
        return "...";
    }
}

static void add_row(const writer *w, const hr_option *o, const char *value);

/* Those that are read elsewhere come last. */
static void add_table(const writer *w, const hr_option_table *table)
{
    for (const hr_option *o = table->rows; o->name; o++)
        if (!(o->flags & HR_OPTION_ADVANCED))
            add_row(w, o, NULL);
    for (const hr_option *o = table->also ? table->also->rows : NULL; o && o->name; o++)
        if (!(o->flags & HR_OPTION_ADVANCED) && !hr_options_find(table, hr_str_from(o->name)))
            add_row(w, o, NULL);
}

/* The first element of a list: its first row stands behind the dash. */
static void add_element(const writer *w, const hr_option_table *table)
{
    hr_buf inner = {0};
    const writer in = {.out = &inner, .indent = 0, .depth = w->depth + 1};
    const char *line;
    bool first = true;

    add_table(&in, table);
    for (line = inner.data; line && *line;) {
        const size_t n = strcspn(line, "\n");
        const bool key = first && line[0] != '#';

        begin_line(w, false);
        hr_buf_addf(w->out, "%s%.*s\n", key ? "- " : "  ", (int)n, line);
        first = first && !key;
        line += n + (line[n] == '\n');
    }
    hr_buf_release(&inner);
}

static void add_forms(const writer *w, const hr_option *o)
{
    const hr_option_variants *v = o->variants;

    begin_line(w, true);
    hr_buf_addf(w->out, "%s: {%s: ", o->name, v->by);
    for (size_t i = 0; v->of[i].name; i++)
        hr_buf_addf(w->out, "%s%s", i ? " | " : "", v->of[i].name);
    hr_buf_addz(w->out, ", ...}\n");
}

static bool is_live(const hr_option *o, const char *value)
{
    return value || o->example || (o->flags & HR_OPTION_REQUIRED);
}

static void add_nested(const writer *w, const hr_option *o, const char *value)
{
    writer in = *w;
    const bool list = o->kind == HR_OPTION_LIST || o->kind == HR_OPTION_ARRAY;

    in.off = w->off || !is_live(o, value);
    in.from = w->off ? w->from : w->indent;
    in.depth++;
    begin_line(&in, false);
    hr_buf_addf(w->out, "%s:\n", o->name);
    in.indent += 2;
    if (list)
        add_element(&in, o->table);
    else
        add_table(&in, o->table);
}

static void add_row(const writer *w, const hr_option *o, const char *value)
{
    add_help(w, o->help);
    if (o->kind == HR_OPTION_VARIANT && !o->example && !value) {
        add_forms(w, o);
        return;
    }
    if (o->table && !o->example && !value && w->depth < DEEPEST) {
        add_nested(w, o, value);
        return;
    }
    begin_line(w, !is_live(o, value));
    hr_buf_addf(w->out, "%s: %s\n", o->name, value ? value : sample_of(o));
}

void hr_option_template(const hr_option_table *table, unsigned indent, hr_buf *out)
{
    const writer w = {.out = out, .indent = indent};

    add_table(&w, table);
}

void hr_option_template_row(const hr_option *row, const char *value, unsigned indent, hr_buf *out)
{
    const writer w = {.out = out, .indent = indent};

    add_row(&w, row, value);
}

/* ---- JSON Schema ---- */

/* One schema while it is made; what fails once fails all. */
typedef struct maker {
    yyjson_mut_doc *doc;
    bool ok;
    unsigned depth;
} maker;

static void put(maker *m, yyjson_mut_val *into, const char *key, yyjson_mut_val *val)
{
    m->ok = m->ok && val && yyjson_mut_obj_add_val(m->doc, into, key, val);
}

static void put_text(maker *m, yyjson_mut_val *into, const char *key, const char *text)
{
    put(m, into, key, yyjson_mut_str(m->doc, text));
}

static yyjson_mut_val *of_type(maker *m, const char *type)
{
    yyjson_mut_val *s = yyjson_mut_obj(m->doc);

    put_text(m, s, "type", type);
    return s;
}

static yyjson_mut_val *any_of(maker *m, yyjson_mut_val *first, yyjson_mut_val *second)
{
    yyjson_mut_val *s = yyjson_mut_obj(m->doc);
    yyjson_mut_val *list = yyjson_mut_arr(m->doc);

    m->ok = m->ok && first && second && yyjson_mut_arr_append(list, first) &&
            yyjson_mut_arr_append(list, second);
    put(m, s, "anyOf", list);
    return s;
}

/* A value may be a variable, whatever it stands for. */
static yyjson_mut_val *or_variable(maker *m, yyjson_mut_val *s)
{
    yyjson_mut_val *variable = of_type(m, "string");

    put_text(m, variable, "pattern", "\\$\\{");
    return any_of(m, s, variable);
}

static yyjson_mut_val *number(maker *m, const hr_option *o, const char *type)
{
    yyjson_mut_val *s = of_type(m, type);

    if (o->least || o->most)
        put(m, s, "minimum", yyjson_mut_sint(m->doc, o->least));
    if (o->most && o->most != INT64_MAX)
        put(m, s, "maximum", yyjson_mut_sint(m->doc, o->most));
    return or_variable(m, s);
}

static yyjson_mut_val *choice(maker *m, const char *const *choices)
{
    yyjson_mut_val *s = yyjson_mut_obj(m->doc);
    yyjson_mut_val *list = yyjson_mut_arr(m->doc);

    for (; *choices; choices++)
        m->ok = m->ok && yyjson_mut_arr_add_str(m->doc, list, *choices);
    put(m, s, "enum", list);
    return or_variable(m, s);
}

static yyjson_mut_val *given_schema(maker *m, const char *text)
{
    yyjson_doc *doc = text ? hr_json_read(hr_str_from(text), 0, NULL) : NULL;
    yyjson_mut_val *s =
        doc ? yyjson_val_mut_copy(m->doc, yyjson_doc_get_root(doc)) : yyjson_mut_obj(m->doc);

    m->ok = m->ok && s && (!text || doc);
    yyjson_doc_free(doc);
    return s;
}

static yyjson_mut_val *table_schema(maker *m, const hr_option_table *table, const char *by,
                                    const char *name);

static yyjson_mut_val *variant(maker *m, const hr_option_variants *v)
{
    yyjson_mut_val *s = yyjson_mut_obj(m->doc);
    yyjson_mut_val *list = yyjson_mut_arr(m->doc);
    yyjson_mut_val *names = yyjson_mut_arr(m->doc);
    yyjson_mut_val *by_name = yyjson_mut_obj(m->doc);

    for (size_t i = 0; v->of[i].name; i++)
        m->ok = m->ok && yyjson_mut_arr_add_str(m->doc, names, v->of[i].name);
    put(m, by_name, "enum", names);
    m->ok = m->ok && yyjson_mut_arr_append(list, by_name);
    for (size_t i = 0; v->of[i].name; i++)
        m->ok = m->ok &&
                yyjson_mut_arr_append(list, table_schema(m, v->of[i].table, v->by, v->of[i].name));
    put(m, s, "anyOf", list);
    return s;
}

static yyjson_mut_val *list_of(maker *m, yyjson_mut_val *item)
{
    yyjson_mut_val *s = of_type(m, "array");

    put(m, s, "items", item);
    return s;
}

static yyjson_mut_val *map_of(maker *m, yyjson_mut_val *item)
{
    yyjson_mut_val *s = of_type(m, "object");

    put(m, s, "additionalProperties", item);
    return s;
}

static yyjson_mut_val *row_schema(maker *m, const hr_option *o)
{
    if (o->schema || m->depth > DEEPEST)
        return given_schema(m, o->schema);
    switch (o->kind) {
    case HR_OPTION_BOOL:
        return or_variable(m, of_type(m, "boolean"));
    case HR_OPTION_INT:
        return number(m, o, "integer");
    case HR_OPTION_REAL:
        return number(m, o, "number");
    case HR_OPTION_TEXT:
    case HR_OPTION_SECRET:
        return of_type(m, "string");
    case HR_OPTION_CHOICE:
        return choice(m, o->choices);
    case HR_OPTION_DURATION:
    case HR_OPTION_SIZE:
        return any_of(m, of_type(m, "number"), of_type(m, "string"));
    case HR_OPTION_TEXTS:
        return any_of(m, of_type(m, "string"), list_of(m, of_type(m, "string")));
    case HR_OPTION_TABLE:
    case HR_OPTION_POINTER:
        return table_schema(m, o->table, NULL, NULL);
    case HR_OPTION_LIST:
        return list_of(m, table_schema(m, o->table, NULL, NULL));
    case HR_OPTION_MAP:
        return map_of(m, table_schema(m, o->table, NULL, NULL));
    case HR_OPTION_VARIANT:
        return variant(m, o->variants);
    case HR_OPTION_OBJECT:
        return o->table ? table_schema(m, o->table, NULL, NULL) : of_type(m, "object");
    case HR_OPTION_ARRAY:
        return o->table ? list_of(m, table_schema(m, o->table, NULL, NULL)) : of_type(m, "array");
    default:
        return o->table ? table_schema(m, o->table, NULL, NULL) : yyjson_mut_obj(m->doc);
    }
}

static void put_rows(maker *m, const hr_option_table *table, yyjson_mut_val *properties,
                     yyjson_mut_val *required)
{
    for (const hr_option *o = table->rows; o->name; o++) {
        if (yyjson_mut_obj_get(properties, o->name))
            continue;
        yyjson_mut_val *s = row_schema(m, o);

        if (o->help)
            put_text(m, s, "description", o->help);
        put(m, properties, o->name, s);
        if (o->flags & HR_OPTION_REQUIRED)
            m->ok = m->ok && yyjson_mut_arr_add_str(m->doc, required, o->name);
    }
    if (table->also)
        put_rows(m, table->also, properties, required);
}

/* `by`: the member that names a variant, which is then required to be `name`. */
static yyjson_mut_val *object_schema(maker *m, const hr_option_table *table, const char *by,
                                     const char *name)
{
    yyjson_mut_val *s = of_type(m, "object");
    yyjson_mut_val *properties = yyjson_mut_obj(m->doc);
    yyjson_mut_val *required = yyjson_mut_arr(m->doc);

    m->depth++;
    if (by) {
        yyjson_mut_val *fixed = yyjson_mut_obj(m->doc);

        put_text(m, fixed, "const", name);
        put(m, properties, by, fixed);
    }
    put_rows(m, table, properties, required);
    m->depth--;
    put(m, s, "properties", properties);
    if (yyjson_mut_arr_size(required))
        put(m, s, "required", required);
    if (!table->open || table->also)
        put(m, s, "additionalProperties", yyjson_mut_false(m->doc));
    return s;
}

static yyjson_mut_val *table_schema(maker *m, const hr_option_table *table, const char *by,
                                    const char *name)
{
    yyjson_mut_val *s = object_schema(m, table, by, name);
    const hr_option *o =
        table->shorthand ? hr_options_find(table, hr_str_from(table->shorthand)) : NULL;

    return o && !by ? any_of(m, row_schema(m, o), s) : s;
}

yyjson_mut_val *hr_option_schema(yyjson_mut_doc *doc, const hr_option_table *table)
{
    maker m = {.doc = doc, .ok = true};
    yyjson_mut_val *s = table_schema(&m, table, NULL, NULL);

    return m.ok ? s : NULL;
}
