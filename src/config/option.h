/* option.h -- the options that a part of Headrace takes, as a table, and the reader of such tables.
 *
 * One row an option: from it come the reading of pipeline files and settings with their messages,
 * `headrace init` templates, the JSON Schema for editors and the pages of docs/. A table describes
 * a C struct; a row says where in the struct its value goes:
 *
 *     static const hr_option client_rows[] = {
 *         {"base_url", HR_OPTION_TEXT, HR_AT(client, base_url), .flags = HR_OPTION_REQUIRED,
 *          .help = "What paths of endpoints are appended to"},
 *         {"concurrency", HR_OPTION_INT, HR_AT(client, concurrency), .by_default = "4",
 *          .least = 1, .most = 256, .help = "Requests that may be open at once"},
 *         {0},
 *     };
 *     static const hr_option_table client_table = {"client", client_rows, sizeof(client)};
 */
#ifndef HR_CONFIG_OPTION_H
#define HR_CONFIG_OPTION_H

#include <stdint.h>

#include "config/doc.h"

typedef enum hr_option_kind {
    HR_OPTION_BOOL,     /* bool */
    HR_OPTION_INT,      /* int64_t, least to most */
    HR_OPTION_REAL,     /* double, least to most */
    HR_OPTION_TEXT,     /* const char * */
    HR_OPTION_SECRET,   /* const char *; never shown, and known to base/secret.h once read */
    HR_OPTION_CHOICE,   /* int: place in `choices` */
    HR_OPTION_DURATION, /* double, seconds; 60, "60s", "1m30s", "500ms", "2h", "7d" */
    HR_OPTION_SIZE,     /* uint64_t, bytes; 1000, "64M", "1GiB", "10MB" */
    HR_OPTION_TEXTS,    /* hr_texts; one text stands for a list of one */
    HR_OPTION_VALUE,    /* yyjson_val *: anything, as it is */
    HR_OPTION_OBJECT,   /* yyjson_val *: an object, as it is */
    HR_OPTION_ARRAY,    /* yyjson_val *: a list, as it is */
    HR_OPTION_TABLE,    /* the struct of `table`, in place */
    HR_OPTION_POINTER,  /* a pointer to the struct of `table`, NULL when absent */
    HR_OPTION_LIST,     /* hr_list of structs of `table` */
    HR_OPTION_MAP,      /* hr_list likewise, from an object; the struct's first member is a
                           const char * that gets the key */
    HR_OPTION_VARIANT,  /* hr_variant: one of `variants`, chosen by a member or by its name */
    HR_OPTION_CUSTOM,   /* whatever `read` makes of it */
} hr_option_kind;

enum hr_option_flags {
    HR_OPTION_REQUIRED = 1,
    HR_OPTION_ADVANCED = 2, /* left out of templates */
    HR_OPTION_WANTED = 4,   /* of a table with a group: an error when no place has it either */
};

typedef struct hr_texts {
    const char **items;
    size_t n;
} hr_texts;

typedef struct hr_list {
    void *items;
    size_t n;
} hr_list;

typedef struct hr_option_table hr_option_table;
typedef struct hr_option hr_option;

/* One of several forms of a value: {type: bearer, token: ...}. */
typedef struct hr_option_variant {
    const char *name;
    const hr_option_table *table;
    int id; /* for a switch */
} hr_option_variant;

typedef struct hr_option_variants {
    const char *by;              /* the member that names the form: "type" */
    const char *by_default;      /* the form without that member; NULL: it is required */
    const hr_option_variant *of; /* ended by a row without a name */
} hr_option_variants;

typedef struct hr_variant {
    const hr_option_variant *which; /* NULL: absent */
    void *options;                  /* the struct of which->table */
    yyjson_val *at;                 /* where it was written, for messages */
} hr_variant;

struct hr_option {
    const char *name;
    hr_option_kind kind;
    size_t offset;
    unsigned flags;
    size_t given; /* HR_GIVEN: a bool that says whether the value was given; 0: nobody asks */
    const char *by_default;     /* as YAML would say it; NULL: the member stays as it is */
    int64_t least, most;        /* both 0: any */
    const char *const *choices; /* ended by NULL */
    const hr_option_table *table;
    const hr_option_variants *variants;
    /* Puts `val` into `field`; fails with the place (hr_doc_fail). */
    hr_status (*read)(hr_doc *doc, yyjson_val *val, const hr_option *option, void *field,
                      hr_error *err);
    const char *schema;  /* of VALUE, OBJECT, ARRAY and CUSTOM: JSON Schema; NULL: anything */
    const char *example; /* a value for templates, as YAML */
    const char *help;
};

struct hr_option_table {
    const char *what;      /* "client": what messages call it */
    const hr_option *rows; /* ended by a row without a name */
    size_t size;           /* of the struct */
    bool open;             /* other keys are none of its business, instead of mistakes */
    const char *shorthand; /* the option that a value other than an object is given to */
    size_t at;             /* HR_GIVEN: a yyjson_val * that gets the object; 0: nobody asks */
    /* "credentials": texts and secrets that an object leaves out are looked for in sections of this
     * name, while a lookup is in use (config/lookup.h). */
    const char *group;
    const hr_option_table *also; /* rows of the same object that others read; NULL: none */
    const char *help;
};

#define HR_AT(type, member) offsetof(type, member)
#define HR_GIVEN(type, member) (offsetof(type, member) + 1)

/* Sets the members of all rows that have a default; the others stay as they are. */
HR_NODISCARD hr_status hr_options_defaults(hr_doc *doc, const hr_option_table *table, void *into,
                                           hr_error *err);

/* Reads an object into the members of the keys that it has; others stay as they are, so objects can
 * be read over each other. null puts the default back. Begin with a zeroed struct and
 * hr_options_defaults(); structs that this makes itself begin so. What is read lives as long as the
 * document. HR_E_CONFIG names the place: an unknown key with the one probably meant, a wrong type,
 * a number out of range, a required key that is missing. */
HR_NODISCARD hr_status hr_options_read(hr_doc *doc, yyjson_val *val, const hr_option_table *table,
                                       void *into, hr_error *err);

/* One value by its row: what hr_options_read does for a key. `option->offset` counts. */
HR_NODISCARD hr_status hr_option_read(hr_doc *doc, yyjson_val *val, const hr_option_table *table,
                                      const hr_option *option, void *into, hr_error *err);

const hr_option *hr_options_find(const hr_option_table *table, hr_str name); /* NULL: none */

/* "60", "1m30s", "500ms": seconds, and sizes in bytes. False: not one. */
bool hr_read_duration(hr_str text, double *seconds);
bool hr_read_size(hr_str text, uint64_t *bytes);

#endif
