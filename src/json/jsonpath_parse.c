/* Precedence, loosest first: [ ] after something, .. , . , | , where, wherenot; all bind to the
 * left. Inside a filter: || , && , then one comparison. */
#include "base/mem.h"
#include "headrace/headrace.h"
#include "json/jsonpath_tokens.h"

enum { DEEPEST = 40 }; /* parentheses and brackets in one another */

static bool is(const hr_jp_parser *p, char c)
{
    return p->t.kind == HR_JPT_CHAR && p->t.c == c;
}

static bool is_word(const hr_jp_parser *p, hr_str word)
{
    return p->t.kind == HR_JPT_NAME && !p->t.quoted && hr_str_eq(p->t.text, word);
}

static hr_status expect(hr_jp_parser *p, char c)
{
    char what[] = "expected 'x'";

    what[10] = c;
    return is(p, c) ? hr_jp_next(p) : hr_jp_refuse(p, p->t.pos, what);
}

/* ---- nodes ---- */

static hr_status node(hr_jp_parser *p, hr_jp_kind kind, hr_jp_node *left, hr_jp_node *right,
                      hr_jp_node **out)
{
    hr_jp_node *n = hr_arena_zalloc(p->arena, sizeof(*n));

    if (!n)
        return hr_nomem(p->err);
    n->kind = kind;
    n->left = left;
    n->right = right;
    *out = n;
    return HR_OK;
}

/* Room for one more name or number. */
static hr_status grow(hr_jp_parser *p, hr_jp_node *n, size_t size)
{
    void **items = n->kind == HR_JP_FIELDS ? (void *)&n->names : (void *)&n->numbers;

    if (n->n < n->cap)
        return HR_OK;
    n->cap = n->cap ? 2 * n->cap : 4;
    void *more = hr_arena_alloc(p->arena, n->cap * size);
    if (!more)
        return hr_nomem(p->err);
    if (n->n)
        memcpy(more, *items, n->n * size);
    *items = more;
    return HR_OK;
}

static hr_status add_name(hr_jp_parser *p, hr_jp_node *n)
{
    if (p->t.kind != HR_JPT_NAME)
        return hr_jp_refuse(p, p->t.pos, "expected a name");
    HR_TRY(grow(p, n, sizeof(*n->names)));
    n->names[n->n++] = hr_arena_str(p->arena, p->t.text);
    return n->names[n->n - 1].p ? hr_jp_next(p) : hr_nomem(p->err);
}

static hr_status add_number(hr_jp_parser *p, hr_jp_node *n)
{
    if (p->t.kind != HR_JPT_NUMBER || p->t.is_real)
        return hr_jp_refuse(p, p->t.pos, "expected a whole number");
    HR_TRY(grow(p, n, sizeof(*n->numbers)));
    n->numbers[n->n++] = p->t.number;
    return hr_jp_next(p);
}

static hr_status names(hr_jp_parser *p, hr_jp_node **out)
{
    HR_TRY(node(p, HR_JP_FIELDS, NULL, NULL, out));
    HR_TRY(add_name(p, *out));
    while (is(p, ',')) {
        HR_TRY(hr_jp_next(p));
        HR_TRY(add_name(p, *out));
    }
    return HR_OK;
}

static hr_status slice(hr_jp_parser *p, hr_jp_node *n)
{
    n->kind = HR_JP_SLICE;
    for (int i = 0; i < 3; i++) {
        n->given[i] = i == 0 && n->n == 1;
        if (i > 0 && is(p, ':'))
            HR_TRY(hr_jp_next(p));
        else if (i > 0)
            break;
        if (!n->given[i] && p->t.kind == HR_JPT_NUMBER) {
            n->given[i] = true;
            n->n = (size_t)i;
            HR_TRY(add_number(p, n));
        }
    }
    return HR_OK;
}

static hr_status indices(hr_jp_parser *p, hr_jp_node **out)
{
    HR_TRY(node(p, HR_JP_INDEX, NULL, NULL, out));
    if (!is(p, ':'))
        HR_TRY(add_number(p, *out));
    if (is(p, ':')) {
        HR_TRY(grow(p, *out, sizeof(int64_t)));
        return slice(p, *out);
    }
    while (is(p, ',')) {
        HR_TRY(hr_jp_next(p));
        HR_TRY(add_number(p, *out));
    }
    return HR_OK;
}

static hr_status test(hr_jp_parser *p, hr_jp_node **out);

/* What stands in brackets; the '[' is next. */
static hr_status brackets(hr_jp_parser *p, hr_jp_node **out)
{
    hr_jp_node *inner = NULL;

    HR_TRY(hr_jp_next(p));
    if (is(p, '*')) {
        HR_TRY(hr_jp_next(p));
        HR_TRY(node(p, HR_JP_WILDCARD, NULL, NULL, out));
    } else if (is(p, '?')) {
        HR_TRY(hr_jp_next(p));
        HR_TRY(test(p, &inner));
        HR_TRY(node(p, HR_JP_FILTER, inner, NULL, out));
    } else if (p->t.kind == HR_JPT_NUMBER || is(p, ':')) {
        HR_TRY(indices(p, out));
    } else {
        HR_TRY(names(p, out));
    }
    return expect(p, ']');
}

/* ---- paths ---- */

enum { LOOSEST, DOTS, DOT, BAR, WHERE, WHERE_NOT, TIGHTEST };

static hr_status path(hr_jp_parser *p, int level, hr_jp_node **out);

static hr_status primary(hr_jp_parser *p, hr_jp_node **out)
{
    if (p->t.kind == HR_JPT_NAME)
        return names(p, out);
    if (p->t.kind == HR_JPT_NUMBER && !p->t.is_real) {
        p->t.kind = HR_JPT_NAME; /* a name that is a number: a.0 */
        HR_TRY(node(p, HR_JP_FIELDS, NULL, NULL, out));
        return add_name(p, *out);
    }
    if (is(p, '$')) {
        HR_TRY(hr_jp_next(p));
        return node(p, HR_JP_ROOT, NULL, NULL, out);
    }
    if (is(p, '@') || p->t.kind == HR_JPT_THIS) {
        HR_TRY(hr_jp_next(p));
        return node(p, HR_JP_THIS, NULL, NULL, out);
    }
    if (is(p, '*')) {
        HR_TRY(hr_jp_next(p));
        return node(p, HR_JP_WILDCARD, NULL, NULL, out);
    }
    if (is(p, '[')) {
        return brackets(p, out);
    }
    if (is(p, '(')) {
        HR_TRY(hr_jp_next(p));
        HR_TRY(path(p, LOOSEST, out));
        return expect(p, ')');
    }
    return hr_jp_refuse(p, p->t.pos,
                        p->t.kind == HR_JPT_END ? "the path ends where a name should come"
                                                : "expected a name, $, @, *, [ or (");
}

static int level_of(const hr_jp_parser *p, hr_jp_kind *kind)
{
    static const struct {
        hr_str word;
        int level;
        hr_jp_kind kind;
    } words[] = {
        {HR_STR_INIT("where"), WHERE, HR_JP_WHERE},
        {HR_STR_INIT("wherenot"), WHERE_NOT, HR_JP_WHERE_NOT},
    };

    *kind = HR_JP_CHILD;
    if (p->t.kind == HR_JPT_DOTS) {
        *kind = HR_JP_DESCENDANTS;
        return DOTS;
    }
    if (is(p, '.'))
        return DOT;
    if (is(p, '|')) {
        *kind = HR_JP_UNION;
        return BAR;
    }
    for (size_t i = 0; i < 2; i++) {
        if (is_word(p, words[i].word)) {
            *kind = words[i].kind;
            return words[i].level;
        }
    }
    return -1;
}

/* Goes on after `*left`, as long as operators bind at least as tightly as `level`. */
static hr_status go_on(hr_jp_parser *p, int level, hr_jp_node **left)
{
    hr_jp_kind kind = HR_JP_CHILD;
    hr_jp_node *right = NULL;

    for (;;) {
        const int found = level_of(p, &kind);

        if (found >= 0 && found >= level) {
            HR_TRY(hr_jp_next(p));
            HR_TRY(path(p, found + 1, &right));
            HR_TRY(node(p, kind, *left, right, left));
        } else if (level == LOOSEST && is(p, '[')) {
            HR_TRY(brackets(p, &right));
            HR_TRY(node(p, HR_JP_CHILD, *left, right, left));
        } else {
            return HR_OK;
        }
    }
}

static hr_status path(hr_jp_parser *p, int level, hr_jp_node **out)
{
    if (++p->depth > DEEPEST)
        return hr_jp_refuse(p, p->t.pos, "this is nested too deep");
    HR_TRY(primary(p, out));
    HR_TRY(go_on(p, level, out));
    p->depth--;
    return HR_OK;
}

/* ---- tests ---- */

static void make_literal(const hr_jp_token *t, yyjson_val *v)
{
    if (t->kind == HR_JPT_NUMBER && t->is_real)
        (void)yyjson_set_real(v, t->real);
    else if (t->kind == HR_JPT_NUMBER)
        (void)yyjson_set_sint(v, t->number);
    else if (!t->quoted && hr_str_eq(t->text, HR_STR("null")))
        (void)yyjson_set_null(v);
    else if (!t->quoted && hr_str_eq(t->text, HR_STR("true")))
        (void)yyjson_set_bool(v, true);
    else if (!t->quoted && hr_str_eq(t->text, HR_STR("false")))
        (void)yyjson_set_bool(v, false);
    else
        (void)yyjson_set_strn(v, t->text.p, t->text.n);
}

/* `left` alone, or compared with what follows. */
static hr_status comparison(hr_jp_parser *p, hr_jp_node *left, hr_jp_node **out)
{
    if (p->t.kind != HR_JPT_OP)
        return node(p, HR_JP_EXISTS, left, NULL, out);
    HR_TRY(node(p, HR_JP_COMPARE, left, NULL, out));
    (*out)->op = p->t.op;
    HR_TRY(hr_jp_next(p));
    if (is(p, '@') || is(p, '$'))
        return path(p, LOOSEST, &(*out)->right);
    if (p->t.kind != HR_JPT_NAME && p->t.kind != HR_JPT_NUMBER)
        return hr_jp_refuse(p, p->t.pos,
                            "expected a number, a text in quotes, true, false, null, @ or $");
    make_literal(&p->t, &(*out)->literal);
    if (p->t.kind == HR_JPT_NAME && yyjson_is_str(&(*out)->literal)) {
        const hr_str kept = hr_arena_str(p->arena, p->t.text);

        if (!kept.p)
            return hr_nomem(p->err);
        (void)yyjson_set_strn(&(*out)->literal, kept.p, kept.n);
    }
    return hr_jp_next(p);
}

/* ( ... ) may hold a test or a path; a path goes on after it. */
static hr_status in_parentheses(hr_jp_parser *p, hr_jp_node **out)
{
    hr_jp_kind kind = HR_JP_CHILD;

    HR_TRY(hr_jp_next(p));
    HR_TRY(test(p, out));
    HR_TRY(expect(p, ')'));
    if ((*out)->kind != HR_JP_EXISTS ||
        (p->t.kind != HR_JPT_OP && !is(p, '[') && level_of(p, &kind) < 0))
        return HR_OK;
    hr_jp_node *left = (*out)->left;
    HR_TRY(go_on(p, LOOSEST, &left));
    return comparison(p, left, out);
}

static hr_status operand(hr_jp_parser *p, hr_jp_node **out)
{
    hr_jp_node *left = NULL;

    if (is(p, '('))
        return in_parentheses(p, out);
    if (is(p, '!')) {
        HR_TRY(hr_jp_next(p));
        HR_TRY(operand(p, &left));
        return node(p, HR_JP_NOT, left, NULL, out);
    }
    HR_TRY(path(p, LOOSEST, &left));
    return comparison(p, left, out);
}

static hr_status conjunction(hr_jp_parser *p, hr_jp_node **out)
{
    hr_jp_node *right = NULL;

    HR_TRY(operand(p, out));
    while (p->t.kind == HR_JPT_AND || is(p, '&')) {
        HR_TRY(hr_jp_next(p));
        HR_TRY(operand(p, &right));
        HR_TRY(node(p, HR_JP_AND, *out, right, out));
    }
    return HR_OK;
}

static hr_status test(hr_jp_parser *p, hr_jp_node **out)
{
    hr_jp_node *right = NULL;

    if (++p->depth > DEEPEST)
        return hr_jp_refuse(p, p->t.pos, "this is nested too deep");
    HR_TRY(conjunction(p, out));
    while (p->t.kind == HR_JPT_OR) {
        HR_TRY(hr_jp_next(p));
        HR_TRY(conjunction(p, &right));
        HR_TRY(node(p, HR_JP_OR, *out, right, out));
    }
    p->depth--;
    return HR_OK;
}

static hr_status compile(hr_jsonpath **out, hr_str text, bool as_test, hr_error *err)
{
    hr_jsonpath *made = hr_calloc(1, sizeof(*made));
    hr_jp_parser p = {.text = text, .err = err};

    if (!made)
        return hr_nomem(err);
    p.arena = &made->arena;
    hr_status st =
        text.n <= HR_JSONPATH_LENGTH
            ? hr_jp_next(&p)
            : hr_fail(err, HR_E_CONFIG, "a JSONPath has at most %d characters", HR_JSONPATH_LENGTH);
    if (st == HR_OK)
        st = as_test ? test(&p, &made->top) : path(&p, LOOSEST, &made->top);
    if (st == HR_OK && p.t.kind != HR_JPT_END)
        st = hr_jp_refuse(&p, p.t.pos, "expected '.', '..', '[' or the end");
    if (st != HR_OK)
        hr_jsonpath_free(made);
    else
        *out = made;
    return st;
}

hr_status hr_jsonpath_compile(hr_jsonpath **out, hr_str text, hr_error *err)
{
    return compile(out, text, false, err);
}

hr_status hr_jsonpath_compile_test(hr_jsonpath **out, hr_str text, hr_error *err)
{
    return compile(out, text, true, err);
}
