/* Any bytes as YAML and as JSON: refused, or a document whose values all have a place and whose
 * JSON, read again, is the same. */
#include <stdlib.h>

#include "config/doc.h"
#include "headrace/headrace.h"
#include "json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void check_places(const hr_doc *doc)
{
    const size_t n = yyjson_doc_get_val_count(doc->json);
    hr_buf place = {0};

    hr_doc_add_place(doc, hr_doc_root(doc), &place);
    hr_doc_add_place(doc, hr_doc_root(doc) + (n - 1), &place);
    check(!place.failed && place.len);
    hr_buf_release(&place);
    for (size_t i = 0; doc->places && i < n; i++)
        check(doc->places[i].line && doc->places[i].column);
}

static void check_same(const hr_doc *doc)
{
    size_t n = 0;
    char *json = yyjson_val_write_opts(hr_doc_root(doc), 0, &hr_json_alc, &n, NULL);
    hr_doc *again = NULL;

    if (!json)
        return; /* text that is not UTF-8 */
    check(hr_doc_parse_json(&again, (hr_str){json, n}, "again", NULL) == HR_OK);
    check(yyjson_doc_get_val_count(again->json) == yyjson_doc_get_val_count(doc->json));
    hr_doc_free(again);
    hr_free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const hr_str text = {(const char *)data, size};
    hr_doc *doc = NULL;

    if (hr_doc_parse_yaml(&doc, text, "fuzz", NULL) == HR_OK) {
        check_places(doc);
        check_same(doc);
        hr_doc_free(doc);
    }
    if (hr_doc_parse_json(&doc, text, "fuzz", NULL) == HR_OK) {
        check_places(doc);
        hr_doc_free(doc);
    }
    return 0;
}
