/* A path, a line break, a document: compiled and walked, whatever both are. */
#include <stdlib.h>

#include "headrace/headrace.h"
#include "json/jsonpath.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool count(void *ctx, yyjson_val *v)
{
    unsigned *left = ctx;

    return v && (*left)-- > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *end = size ? memchr(text, '\n', size) : NULL;
    const size_t n = end ? (size_t)(end - text) : size;
    hr_jsonpath *path = NULL;
    unsigned left = 10000;

    yyjson_doc *doc = end ? yyjson_read(end + 1, size - n - 1, YYJSON_READ_BIGNUM_AS_RAW) : NULL;
    if (hr_jsonpath_compile(&path, (hr_str){text, n}, NULL) == HR_OK)
        (void)hr_jsonpath_each(path, yyjson_doc_get_root(doc), count, &left);
    hr_jsonpath_free(path);
    path = NULL;
    if (hr_jsonpath_compile_test(&path, (hr_str){text, n}, NULL) == HR_OK)
        (void)hr_jsonpath_test(path, yyjson_doc_get_root(doc));
    hr_jsonpath_free(path);
    yyjson_doc_free(doc);
    return 0;
}
