#include "source/rest_api/options.h"

#include "net/settings.h"

#define PAGINATOR(member) HR_AT(hr_rest_paginator_options, member)
#define ENDPOINT(member) HR_AT(hr_rest_endpoint, member)
#define RESOURCE(member) HR_AT(hr_rest_resource_options, member)
#define SOURCE(member) HR_AT(hr_rest_options, member)

/* ---- paginators ---- */

#define BODY_OR_PARAM(name, what)                                                                  \
    {name "_param", HR_OPTION_TEXT, PAGINATOR(param), .help = "Query parameter of the " what},     \
    {                                                                                              \
        name "_body_path", HR_OPTION_TEXT, PAGINATOR(body_path),                                   \
            .help = "Place of the " what " in the JSON body, names joined by dots; in place of a " \
                    "parameter"                                                                    \
    }
#define HAS_MORE                                                           \
    {                                                                      \
        "has_more_path", HR_OPTION_TEXT, PAGINATOR(has_more_path),         \
            .help = "JSONPath of a boolean: whether there is another page" \
    }

static const hr_option no_rows[] = {{0}};
static const hr_option header_link_rows[] = {
    {"links_next_key", HR_OPTION_TEXT, PAGINATOR(next), .by_default = "next",
     .help = "Relation type of the next page in the Link header"},
    {0},
};
static const hr_option json_link_rows[] = {
    {"next_url_path", HR_OPTION_TEXT, PAGINATOR(next), .by_default = "next",
     .help = "JSONPath of the next page's URL"},
    {0},
};
static const hr_option header_cursor_rows[] = {
    {"cursor_key", HR_OPTION_TEXT, PAGINATOR(next), .by_default = "next",
     .help = "Header that holds the next cursor"},
    {"cursor_param", HR_OPTION_TEXT, PAGINATOR(param), .by_default = "cursor",
     .help = "Query parameter that it is sent in"},
    {0},
};
static const hr_option cursor_rows[] = {
    {"cursor_path", HR_OPTION_TEXT, PAGINATOR(next), .by_default = "cursors.next",
     .help = "JSONPath of the next cursor"},
    BODY_OR_PARAM("cursor", "cursor"),
    {"stop_after_empty_page", HR_OPTION_BOOL, PAGINATOR(stop_after_empty_page),
     .by_default = "false", .help = "A page without rows is the last"},
    HAS_MORE,
    {0},
};
static const hr_option page_number_rows[] = {
    {"base_page", HR_OPTION_INT, PAGINATOR(base), .by_default = "0",
     .help = "Number of the first page: 0 or 1"},
    {"page", HR_OPTION_INT, PAGINATOR(first),
     .given = HR_GIVEN(hr_rest_paginator_options, has_first), .help = "Page to begin with"},
    BODY_OR_PARAM("page", "page"),
    {"total_path", HR_OPTION_TEXT, PAGINATOR(total_path),
     .help = "JSONPath of the number of pages; looked for at total, if not said"},
    {"maximum_page", HR_OPTION_INT, PAGINATOR(maximum),
     .given = HR_GIVEN(hr_rest_paginator_options, has_maximum),
     .help = "No page of this number or above is asked for"},
    {"stop_after_empty_page", HR_OPTION_BOOL, PAGINATOR(stop_after_empty_page),
     .by_default = "true", .help = "A page without rows is the last"},
    HAS_MORE,
    {0},
};
static const hr_option offset_rows[] = {
    {"limit", HR_OPTION_INT, PAGINATOR(limit), .flags = HR_OPTION_REQUIRED, .least = 1,
     .most = INT64_MAX, .help = "Items a page"},
    {"offset", HR_OPTION_INT, PAGINATOR(first), .by_default = "0", .help = "Item to begin with"},
    BODY_OR_PARAM("offset", "offset"),
    {"limit_param", HR_OPTION_TEXT, PAGINATOR(limit_param), .help = "Query parameter of the limit"},
    {"limit_body_path", HR_OPTION_TEXT, PAGINATOR(limit_body_path),
     .help = "Place of the limit in the JSON body"},
    {"total_path", HR_OPTION_TEXT, PAGINATOR(total_path),
     .help = "JSONPath of the number of items; looked for at total, if not said"},
    {"maximum_offset", HR_OPTION_INT, PAGINATOR(maximum),
     .given = HR_GIVEN(hr_rest_paginator_options, has_maximum),
     .help = "No offset of this number or above is asked for"},
    {"stop_after_empty_page", HR_OPTION_BOOL, PAGINATOR(stop_after_empty_page),
     .by_default = "true", .help = "A page without rows is the last"},
    HAS_MORE,
    {0},
};

#define PAGINATOR_TABLE(kind, what_help)                             \
    {                                                                \
        .what = "paginator " #kind, .rows = kind##_rows,             \
        .size = sizeof(hr_rest_paginator_options), .help = what_help \
    }
static const hr_option_table auto_table = {.what = "paginator auto",
                                           .rows = no_rows,
                                           .size = sizeof(hr_rest_paginator_options),
                                           .help = "Found out from the first answer"};
static const hr_option_table single_page_table = {.what = "paginator single_page",
                                                  .rows = no_rows,
                                                  .size = sizeof(hr_rest_paginator_options),
                                                  .help = "One request"};
static const hr_option_table header_link_table =
    PAGINATOR_TABLE(header_link, "The URL of the next page is in the Link header");
static const hr_option_table json_link_table =
    PAGINATOR_TABLE(json_link, "The URL of the next page is in the body");
static const hr_option_table header_cursor_table =
    PAGINATOR_TABLE(header_cursor, "A header holds what to ask the next page with");
static const hr_option_table cursor_table =
    PAGINATOR_TABLE(cursor, "The body holds what to ask the next page with");
static const hr_option_table page_number_table = PAGINATOR_TABLE(page_number, "Pages are counted");
static const hr_option_table offset_table = PAGINATOR_TABLE(offset, "Items are counted");

static const hr_option_variant paginator_kinds[] = {
    {"auto", &auto_table, HR_PAGING_AUTO},
    {"single_page", &single_page_table, HR_PAGING_SINGLE},
    {"header_link", &header_link_table, HR_PAGING_HEADER_LINK},
    {"json_link", &json_link_table, HR_PAGING_JSON_LINK},
    {"json_response", &json_link_table, HR_PAGING_JSON_LINK}, /* dlt's old name */
    {"header_cursor", &header_cursor_table, HR_PAGING_HEADER_CURSOR},
    {"cursor", &cursor_table, HR_PAGING_CURSOR},
    {"page_number", &page_number_table, HR_PAGING_PAGE_NUMBER},
    {"offset", &offset_table, HR_PAGING_OFFSET},
    {0},
};
static const hr_option_variants paginators = {
    .by = "type", .by_default = "auto", .of = paginator_kinds};

/* ---- endpoints ---- */

static const char *const methods[] = {"GET", "POST", NULL};
static const char *const actions[] = {"ignore", "retry", "fail", NULL};

static const hr_option action_rows[] = {
    {"status_code", HR_OPTION_INT, HR_AT(hr_rest_action, status), .least = 100, .most = 599,
     .help = "Status that it applies to"},
    {"content", HR_OPTION_TEXT, HR_AT(hr_rest_action, content),
     .help = "Text in the body that it applies to"},
    {"action", HR_OPTION_CHOICE, HR_AT(hr_rest_action, action), .flags = HR_OPTION_REQUIRED,
     .choices = actions,
     .help = "ignore: as if it had no rows and no next page; retry: send it again; fail"},
    {0},
};
static const hr_option_table action_table = {.what = "response_actions",
                                             .rows = action_rows,
                                             .size = sizeof(hr_rest_action),
                                             .at = HR_GIVEN(hr_rest_action, at)};

#define TEXT_SCHEMA "{\"type\":\"string\"}"
#define OBJECT_SCHEMA "{\"type\":\"object\"}"

static const hr_option endpoint_rows[] = {
    {"path", HR_OPTION_VALUE, ENDPOINT(path), .schema = TEXT_SCHEMA,
     .help = "Path after base_url, or a whole URL; the resource's name, if not said"},
    {"method", HR_OPTION_CHOICE, ENDPOINT(method), .choices = methods, .by_default = "GET",
     .help = "HTTP method"},
    {"params", HR_OPTION_OBJECT, ENDPOINT(params), .schema = OBJECT_SCHEMA,
     .help = "Query parameters"},
    {"json", HR_OPTION_VALUE, ENDPOINT(json), .help = "JSON body"},
    {"data", HR_OPTION_VALUE, ENDPOINT(data), .help = "Body: a text, or an object sent as a form"},
    {"headers", HR_OPTION_OBJECT, ENDPOINT(headers), .schema = OBJECT_SCHEMA,
     .help = "Headers, over those of the client"},
    {"paginator", HR_OPTION_VARIANT, ENDPOINT(paginator), .variants = &paginators,
     .help = "How pages follow each other"},
    {"data_selector", HR_OPTION_VALUE, ENDPOINT(data_selector), .schema = TEXT_SCHEMA,
     .help = "JSONPath of the rows in an answer"},
    {"response_actions", HR_OPTION_LIST, ENDPOINT(response_actions), .table = &action_table,
     .help = "What to do with answers of some status or content"},
    {"incremental", HR_OPTION_OBJECT, ENDPOINT(incremental), .schema = OBJECT_SCHEMA,
     .help = "Load only what is new: cursor_path, initial_value ..."},
    {"auth", HR_OPTION_VALUE, ENDPOINT(auth),
     .help = "Credentials in place of the client's; null: none"},
    {"idempotent", HR_OPTION_BOOL, ENDPOINT(idempotent), .by_default = "false",
     .flags = HR_OPTION_ADVANCED, .help = "May be sent again after a failure, whatever the method"},
    {0},
};
static const hr_option_table endpoint_table = {.what = "endpoint",
                                               .rows = endpoint_rows,
                                               .size = sizeof(hr_rest_endpoint),
                                               .shorthand = "path"};

static const hr_option incremental_rows[] = {
    {"cursor_path", HR_OPTION_VALUE, HR_AT(hr_rest_incremental, cursor_path),
     .flags = HR_OPTION_REQUIRED, .schema = TEXT_SCHEMA, .help = "JSONPath of the cursor in a row"},
    {"initial_value", HR_OPTION_VALUE, HR_AT(hr_rest_incremental, initial_value),
     .help = "Where the first run begins"},
    {"start_param", HR_OPTION_TEXT, HR_AT(hr_rest_incremental, start_param),
     .help = "Query parameter that gets the start value"},
    {"end_param", HR_OPTION_TEXT, HR_AT(hr_rest_incremental, end_param),
     .help = "Query parameter that gets the end value"},
    {"convert", HR_OPTION_TEXT, HR_AT(hr_rest_incremental, convert),
     .help = "How placeholders and parameters show the value: unix, unix_ms, iso, date, or a "
             "pattern as of strftime"},
    {"transform", HR_OPTION_TEXT, HR_AT(hr_rest_incremental, transform),
     .flags = HR_OPTION_ADVANCED, .help = "dlt's old name of convert"},
    {0},
};
/* The other keys are the hint's, which checks them. */
const hr_option_table hr_rest_incremental_table = {.what = "incremental",
                                                   .rows = incremental_rows,
                                                   .size = sizeof(hr_rest_incremental),
                                                   .open = true};

/* ---- resources ---- */

#define HINTS(X)                                                                              \
    X(table_name, "Name of the table, if not the resource's")                                 \
    X(write_disposition, "append, replace, merge or skip, or an object with \"disposition\"") \
    X(primary_key, "Column or columns that identify a row")                                   \
    X(merge_key, "Column or columns by which merge deletes")                                  \
    X(columns, "Properties of columns by name: data_type, nullable ...")                      \
    X(schema_contract, "What may change: evolve, freeze, discard_row, discard_value")         \
    X(references, "Foreign keys, for people and tools")                                       \
    X(nested_hints, "Hints of child tables by path")                                          \
    X(max_table_nesting, "Levels of lists and objects that unfold")                           \
    X(parent_table_name, "Table that this one is nested in")                                  \
    X(table_format, "Format of the table at destinations that have several")                  \
    X(file_format, "Format of the files that are loaded")                                     \
    X(additional_table_hints, "Members of the table in the schema")                           \
    X(on_conflict, "A value that does not fit its column: variant or widen")                  \
    X(on_duplicate_key, "An object that has a key twice: fail or last")                       \
    X(include, "Patterns of keys that are loaded")                                            \
    X(exclude, "Patterns of keys that are not loaded")                                        \
    X(rename, "Keys that are loaded under another name")

#define HINT_NAME(hint, text) #hint,
const char *const hr_rest_hint_names[] = {HINTS(HINT_NAME) NULL};

#define HINT_PLACE(hint, text) AT_##hint,
enum { HINTS(HINT_PLACE) N_HINTS };
_Static_assert(N_HINTS <= sizeof(((hr_rest_resource_options *)0)->hints) / sizeof(yyjson_val *),
               "hr_rest_resource_options.hints is too small");

#define HINT_ROW(hint, text) \
    {#hint, HR_OPTION_VALUE, RESOURCE(hints) + AT_##hint * sizeof(yyjson_val *), .help = text},

static const hr_option resource_rows[] = {
    {"name", HR_OPTION_VALUE, RESOURCE(name), .schema = TEXT_SCHEMA, .example = "items",
     .help = "Name of the resource, and of its table"},
    {"endpoint", HR_OPTION_TABLE, RESOURCE(endpoint), .table = &endpoint_table,
     .help = "What is asked for; a text is a path"},
    {"include_from_parent", HR_OPTION_VALUE, RESOURCE(include_from_parent),
     .schema = "{\"type\":\"array\"}",
     .help = "Keys of the parent's row that each row gets, as _<parent>_<key>"},
    {"processing_steps", HR_OPTION_ARRAY, RESOURCE(processing_steps),
     .schema = "{\"type\":\"array\"}",
     .help = "What is done with each row: filter, map, rename, drop, hash"},
    {"limit", HR_OPTION_VALUE, RESOURCE(limit),
     .help = "Pages to load at most, or an object: pages, rows"},
    {"selected", HR_OPTION_BOOL, RESOURCE(selected), .by_default = "true",
     .help = "false: read for its children, but not loaded"},
    {"parallelized", HR_OPTION_BOOL, RESOURCE(parallelized), .by_default = "true",
     .flags = HR_OPTION_ADVANCED,
     .help = "false: one request after the other, whatever client.concurrency allows"},
    HINTS(HINT_ROW){0},
};
const hr_option_table hr_rest_resource_table = {.what = "resource",
                                                .rows = resource_rows,
                                                .size = sizeof(hr_rest_resource_options),
                                                .shorthand = "name"};

/* ---- the client's keys that are ours, and the whole ---- */

static const hr_option client_rows[] = {
    {"paginator", HR_OPTION_VARIANT, HR_AT(hr_rest_client_options, paginator),
     .variants = &paginators, .help = "Paginator of endpoints that name none"},
    {"resume", HR_OPTION_DURATION, HR_AT(hr_rest_client_options, resume), .by_default = "6h",
     .help = "A run that ended early goes on with the answers it got, if they are no older; 0: no"},
    {"concurrency", HR_OPTION_INT, HR_AT(hr_rest_client_options, concurrency), .by_default = "10",
     .least = 1, .most = 1000, .help = "Requests under way at once"},
    {0},
};
const hr_option_table hr_rest_client_table = {.what = "client",
                                              .rows = client_rows,
                                              .size = sizeof(hr_rest_client_options),
                                              .open = true,
                                              .also = &hr_http_table};

static const hr_option source_rows[] = {
    {"client", HR_OPTION_OBJECT, SOURCE(client), .flags = HR_OPTION_REQUIRED,
     .table = &hr_rest_client_table, .help = "How the API is reached: base_url, auth, headers ..."},
    {"resource_defaults", HR_OPTION_OBJECT, SOURCE(resource_defaults), .schema = OBJECT_SCHEMA,
     .help = "What holds for all resources that do not say otherwise"},
    {"resources", HR_OPTION_ARRAY, SOURCE(resources), .flags = HR_OPTION_REQUIRED,
     .table = &hr_rest_resource_table, .help = "What is loaded"},
    {"select", HR_OPTION_VALUE, SOURCE(select),
     .help = "Names of the resources to load; the others are read only for their children"},
    {"limit", HR_OPTION_VALUE, SOURCE(limit), .help = "Limit of each resource that names none"},
    {"name", HR_OPTION_TEXT, SOURCE(name), .by_default = "rest_api",
     .help = "Name of the source: of its schema and its part of the state"},
    {"max_table_nesting", HR_OPTION_VALUE, SOURCE(max_table_nesting),
     .help = "Levels that unfold, of resources that name none"},
    {"schema_contract", HR_OPTION_VALUE, SOURCE(schema_contract),
     .help = "Contract of resources that name none"},
    {0},
};
const hr_option_table hr_rest_table = {
    .what = "source.rest_api", .rows = source_rows, .size = sizeof(hr_rest_options)};
