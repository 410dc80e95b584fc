#include "json/jsonpath.h"

#include <ctype.h>

#include "base/buf.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "json/jsonpath_int.h"

/* Where matches go: each node of a path hands them to the sink that its parent made. */
typedef struct sink {
    bool (*take)(const struct sink *s, yyjson_val *v); /* false: enough */
    yyjson_val *root;
    const hr_jp_node *node;
    const struct sink *onward;
    hr_jsonpath_fn fn;
    void *ctx;
} sink;

static bool walk(const hr_jp_node *n, yyjson_val *v, const sink *s);
static bool passes(const hr_jp_node *n, yyjson_val *root, yyjson_val *item);

static bool hand_out(const sink *s, yyjson_val *v)
{
    return s->fn(s->ctx, v);
}

/* ---- comparisons, as RFC 9535 section 2.3.5.2.2 ---- */

static long double number(yyjson_val *v)
{
    char text[64];

    if (yyjson_is_uint(v))
        return (long double)yyjson_get_uint(v);
    if (yyjson_is_sint(v))
        return (long double)yyjson_get_sint(v);
    if (yyjson_is_real(v))
        return (long double)yyjson_get_real(v);
    const size_t n = yyjson_get_len(v) < sizeof(text) ? yyjson_get_len(v) : sizeof(text) - 1;
    memcpy(text, yyjson_get_raw(v), n); /* too large for 64 bits, kept as its digits */
    text[n] = '\0';
    return strtold(text, NULL);
}

static bool is_number(yyjson_val *v)
{
    return yyjson_is_num(v) || yyjson_is_raw(v);
}

static int order_of(yyjson_val *a, yyjson_val *b)
{
    if (is_number(a)) {
        const long double x = number(a);
        const long double y = number(b);

        return x < y ? -1 : x > y;
    }
    const size_t n = yyjson_get_len(a) < yyjson_get_len(b) ? yyjson_get_len(a) : yyjson_get_len(b);
    const int c = n ? memcmp(yyjson_get_str(a), yyjson_get_str(b), n) : 0;

    return c ? c
             : (yyjson_get_len(a) > yyjson_get_len(b)) - (yyjson_get_len(a) < yyjson_get_len(b));
}

static bool compare(hr_jp_op op, yyjson_val *a, yyjson_val *b)
{
    const bool ordered = (is_number(a) && is_number(b)) || (yyjson_is_str(a) && yyjson_is_str(b));
    const int c = ordered ? order_of(a, b) : 0;
    const bool equal = ordered ? c == 0 : yyjson_equals(a, b);

    switch (op) {
    case HR_JP_EQ:
        return equal;
    case HR_JP_NE:
        return !equal;
    case HR_JP_LT:
        return ordered && c < 0;
    case HR_JP_LE:
        return ordered ? c <= 0 : equal;
    case HR_JP_GT:
        return ordered && c > 0;
    default:
        return ordered ? c >= 0 : equal;
    }
}

typedef struct comparing {
    const hr_jp_node *node;
    yyjson_val *root, *item;
    yyjson_val *left;
    bool found, right_found, yes;
} comparing;

static bool compare_right(const sink *s, yyjson_val *v)
{
    comparing *c = s->ctx;

    c->right_found = true;
    c->yes = compare(c->node->op, c->left, v);
    return !c->yes;
}

static bool compare_left(const sink *s, yyjson_val *v)
{
    comparing *c = s->ctx;

    c->found = true;
    c->left = v;
    if (!c->node->right) {
        yyjson_val literal = c->node->literal;

        c->yes = compare(c->node->op, v, &literal);
    } else {
        const sink right = {.take = compare_right, .root = c->root, .ctx = c};

        (void)walk(c->node->right, c->item, &right);
    }
    return !c->yes;
}

static bool found_one(void *ctx, yyjson_val *v)
{
    *(yyjson_val **)ctx = v;
    return false;
}

static yyjson_val *first(const hr_jp_node *n, yyjson_val *root, yyjson_val *from)
{
    yyjson_val *found = NULL;
    const sink s = {.take = hand_out, .root = root, .fn = found_one, .ctx = &found};

    (void)walk(n, from, &s);
    return found;
}

static bool comparison(const hr_jp_node *n, yyjson_val *root, yyjson_val *item)
{
    comparing c = {.node = n, .root = root, .item = item};
    const sink s = {.take = compare_left, .root = root, .ctx = &c};

    (void)walk(n->left, item, &s);
    if (n->right && !c.right_found)
        c.right_found = first(n->right, root, item) != NULL;
    if (c.found && (!n->right || c.right_found))
        return c.yes;
    /* Nothing equals nothing, and differs from everything else. */
    const bool both_nothing = n->right && !c.found && !c.right_found;
    if (n->op == HR_JP_NE)
        return !both_nothing;
    return both_nothing && n->op != HR_JP_LT && n->op != HR_JP_GT;
}

static bool passes(const hr_jp_node *n, yyjson_val *root, yyjson_val *item)
{
    switch (n->kind) {
    case HR_JP_AND:
        return passes(n->left, root, item) && passes(n->right, root, item);
    case HR_JP_OR:
        return passes(n->left, root, item) || passes(n->right, root, item);
    case HR_JP_NOT:
        return !passes(n->left, root, item);
    case HR_JP_COMPARE:
        return comparison(n, root, item);
    default:
        return first(n->left, root, item) != NULL;
    }
}

/* ---- walking ---- */

static bool each_child(yyjson_val *v, const sink *s)
{
    if (yyjson_is_obj(v)) {
        yyjson_obj_iter it = yyjson_obj_iter_with(v);

        for (yyjson_val *key; (key = yyjson_obj_iter_next(&it));) {
            if (!s->take(s, yyjson_obj_iter_get_val(key)))
                return false;
        }
    } else if (yyjson_is_arr(v)) {
        yyjson_arr_iter it = yyjson_arr_iter_with(v);

        for (yyjson_val *e; (e = yyjson_arr_iter_next(&it));) {
            if (!s->take(s, e))
                return false;
        }
    }
    return true;
}

/* Of a key that comes twice, the last: what a Python dictionary keeps. */
static yyjson_val *member(yyjson_val *obj, hr_str name)
{
    yyjson_obj_iter it = yyjson_obj_iter_with(obj);
    yyjson_val *found = NULL;

    for (yyjson_val *key; (key = yyjson_obj_iter_next(&it));) {
        if (yyjson_equals_strn(key, name.p, name.n))
            found = yyjson_obj_iter_get_val(key);
    }
    return found;
}

static bool walk_fields(const hr_jp_node *n, yyjson_val *v, const sink *s)
{
    for (size_t i = 0; i < n->n && yyjson_is_obj(v); i++) {
        yyjson_val *found = member(v, n->names[i]);

        if (found && !s->take(s, found))
            return false;
    }
    return true;
}

static bool walk_index(const hr_jp_node *n, yyjson_val *v, const sink *s)
{
    const int64_t size = (int64_t)yyjson_arr_size(v);

    for (size_t i = 0; i < n->n; i++) {
        const int64_t at = n->numbers[i] < 0 ? n->numbers[i] + size : n->numbers[i];

        if (at >= 0 && at < size && !s->take(s, yyjson_arr_get(v, (size_t)at)))
            return false;
    }
    return true;
}

static int64_t bound(int64_t at, int64_t size, int64_t least, int64_t most)
{
    if (at < 0)
        at += size;
    return at < least ? least : at > most ? most : at;
}

static bool walk_forward(yyjson_val *arr, int64_t begin, int64_t end, int64_t step, const sink *s)
{
    yyjson_arr_iter it = yyjson_arr_iter_with(arr);
    int64_t wanted = begin;

    for (int64_t i = 0; wanted < end; i++) {
        yyjson_val *e = yyjson_arr_iter_next(&it);

        if (i < wanted)
            continue;
        if (!s->take(s, e))
            return false;
        if (step >= end - wanted)
            break;
        wanted += step;
    }
    return true;
}

/* Python's range(size)[start:end:step]. */
static bool walk_slice(const hr_jp_node *n, yyjson_val *v, const sink *s)
{
    const int64_t size = (int64_t)yyjson_arr_size(v);
    const int64_t step = n->given[2] ? n->numbers[2] : 1;
    const bool back = step < 0;
    const int64_t least = back ? -1 : 0;
    const int64_t most = back ? size - 1 : size;

    if (step == 0 || size == 0)
        return true;
    const int64_t begin = n->given[0] ? bound(n->numbers[0], size, least, most) : back ? most : 0;
    const int64_t end = n->given[1] ? bound(n->numbers[1], size, least, most) : back ? -1 : size;
    if (!back)
        return walk_forward(v, begin, end, step, s);
    for (int64_t i = begin; i > end; i += step < -size ? -size : step) {
        if (!s->take(s, yyjson_arr_get(v, (size_t)i)))
            return false;
    }
    return true;
}

static bool descend(const hr_jp_node *n, yyjson_val *v, const sink *s, unsigned depth);

static bool walk_onward(const sink *s, yyjson_val *v)
{
    return walk(s->node, v, s->onward);
}

static bool descend_from(const sink *s, yyjson_val *v)
{
    return descend(s->node, v, s->onward, 0);
}

static bool take_passing(const sink *s, yyjson_val *v)
{
    return !passes(s->node, s->root, v) || s->onward->take(s->onward, v);
}

static bool take_where(const sink *s, yyjson_val *v)
{
    const bool has = first(s->node->right, s->root, v) != NULL;

    return has != (s->node->kind == HR_JP_WHERE) || s->onward->take(s->onward, v);
}

/* Pre-order: the value itself, then what it holds. */
static bool descend(const hr_jp_node *n, yyjson_val *v, const sink *s, unsigned depth)
{
    if (!walk(n, v, s))
        return false;
    if (depth == HR_JSONPATH_DEPTH)
        return true;
    if (yyjson_is_obj(v)) {
        yyjson_obj_iter it = yyjson_obj_iter_with(v);

        for (yyjson_val *key; (key = yyjson_obj_iter_next(&it));) {
            if (!descend(n, yyjson_obj_iter_get_val(key), s, depth + 1))
                return false;
        }
    } else if (yyjson_is_arr(v)) {
        yyjson_arr_iter it = yyjson_arr_iter_with(v);

        for (yyjson_val *e; (e = yyjson_arr_iter_next(&it));) {
            if (!descend(n, e, s, depth + 1))
                return false;
        }
    }
    return true;
}

static bool walk(const hr_jp_node *n, yyjson_val *v, const sink *s)
{
    sink step = {.root = s->root, .node = n->right, .onward = s};

    switch (n->kind) {
    case HR_JP_ROOT:
        return s->take(s, s->root);
    case HR_JP_THIS:
        return s->take(s, v);
    case HR_JP_FIELDS:
        return walk_fields(n, v, s);
    case HR_JP_WILDCARD:
        return each_child(v, s);
    case HR_JP_INDEX:
        return walk_index(n, v, s);
    case HR_JP_SLICE:
        return walk_slice(n, v, s);
    case HR_JP_CHILD:
        step.take = walk_onward;
        return walk(n->left, v, &step);
    case HR_JP_DESCENDANTS:
        step.take = descend_from;
        return walk(n->left, v, &step);
    case HR_JP_UNION:
        return walk(n->left, v, s) && walk(n->right, v, s);
    case HR_JP_WHERE:
    case HR_JP_WHERE_NOT:
        step.take = take_where;
        step.node = n;
        return walk(n->left, v, &step);
    case HR_JP_FILTER:
        step.take = take_passing;
        step.node = n->left;
        return each_child(v, &step);
    default:
        return true; /* tests are no paths */
    }
}

/* ---- the outside ---- */

bool hr_jsonpath_each(const hr_jsonpath *p, yyjson_val *root, hr_jsonpath_fn fn, void *ctx)
{
    const sink s = {.take = hand_out, .root = root, .fn = fn, .ctx = ctx};

    return walk(p->top, root, &s);
}

yyjson_val *hr_jsonpath_first(const hr_jsonpath *p, yyjson_val *root)
{
    return first(p->top, root, root);
}

bool hr_jsonpath_test(const hr_jsonpath *p, yyjson_val *item)
{
    return passes(p->top, item, item);
}

hr_str hr_jsonpath_simple(const hr_jsonpath *p)
{
    return p->top->kind == HR_JP_FIELDS && p->top->n == 1 ? p->top->names[0] : (hr_str){0};
}

void hr_jsonpath_quote(hr_buf *out, hr_str name)
{
    bool plain = name.n > 0 && (isalpha((unsigned char)name.p[0]) || name.p[0] == '_');

    for (size_t i = 0; i < name.n; i++)
        plain = plain && (isalnum((unsigned char)name.p[i]) || name.p[i] == '_');
    plain = plain && !hr_str_eq(name, HR_STR("where")) && !hr_str_eq(name, HR_STR("wherenot"));
    if (plain) {
        hr_buf_add(out, name);
        return;
    }
    hr_buf_addc(out, '\'');
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '\'' || name.p[i] == '\\')
            hr_buf_addc(out, '\\');
        hr_buf_addc(out, name.p[i]);
    }
    hr_buf_addc(out, '\'');
}

void hr_jsonpath_free(hr_jsonpath *p)
{
    if (!p)
        return;
    hr_arena_release(&p->arena);
    hr_free(p);
}
