/* jsonpath_tokens.h -- a JSONPath as names, numbers and signs. */
#ifndef HR_JSON_JSONPATH_TOKENS_H
#define HR_JSON_JSONPATH_TOKENS_H

#include "json/jsonpath_int.h"

typedef enum hr_jp_token_kind {
    HR_JPT_END,
    HR_JPT_NAME,   /* text; quoted or not */
    HR_JPT_NUMBER, /* number, or a real when `is_real` */
    HR_JPT_DOTS,
    HR_JPT_OP, /* a comparison */
    HR_JPT_AND,
    HR_JPT_OR,
    HR_JPT_THIS,
    HR_JPT_CHAR, /* any other single character: c */
} hr_jp_token_kind;

typedef struct hr_jp_token {
    hr_jp_token_kind kind;
    size_t pos;
    char c;
    hr_str text;
    bool quoted, is_real;
    int64_t number;
    double real;
    hr_jp_op op;
} hr_jp_token;

typedef struct hr_jp_parser {
    hr_str text;
    size_t pos;
    hr_jp_token t; /* the one to look at */
    hr_arena *arena;
    unsigned depth; /* of what is being parsed */
    hr_error *err;
} hr_jp_parser;

/* Moves on to the next token. HR_E_CONFIG: what stands there is none. */
hr_status hr_jp_next(hr_jp_parser *p);

/* HR_E_CONFIG, with the path and the place in it. */
hr_status hr_jp_refuse(const hr_jp_parser *p, size_t pos, const char *what);

#endif
