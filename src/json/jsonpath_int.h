/* jsonpath_int.h -- a compiled path: what jsonpath_parse.c makes and jsonpath.c walks. */
#ifndef HR_JSON_JSONPATH_INT_H
#define HR_JSON_JSONPATH_INT_H

#include <stdint.h>

#include "base/arena.h"
#include "json/jsonpath.h"

typedef enum hr_jp_kind {
    HR_JP_ROOT,
    HR_JP_THIS,
    HR_JP_FIELDS, /* names */
    HR_JP_WILDCARD,
    HR_JP_INDEX, /* numbers */
    HR_JP_SLICE, /* numbers: start, end, step, where `given` */
    HR_JP_CHILD, /* left, right */
    HR_JP_DESCENDANTS,
    HR_JP_UNION,
    HR_JP_WHERE,
    HR_JP_WHERE_NOT,
    HR_JP_FILTER, /* left: the test */
    /* tests */
    HR_JP_EXISTS, /* left */
    HR_JP_NOT,
    HR_JP_COMPARE, /* left `op` (right, or the literal when right == NULL) */
    HR_JP_AND,     /* left, right */
    HR_JP_OR,
} hr_jp_kind;

typedef enum hr_jp_op { HR_JP_EQ, HR_JP_NE, HR_JP_LT, HR_JP_LE, HR_JP_GT, HR_JP_GE } hr_jp_op;

typedef struct hr_jp_node {
    hr_jp_kind kind;
    hr_jp_op op;
    struct hr_jp_node *left, *right;
    hr_str *names;
    int64_t *numbers;
    size_t n, cap; /* of names or numbers */
    bool given[3];
    yyjson_val literal; /* of a comparison */
} hr_jp_node;

struct hr_jsonpath {
    hr_arena arena;
    hr_jp_node *top;
};

#endif
