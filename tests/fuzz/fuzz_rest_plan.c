/* Any document as what stands under source.rest_api: refused, or a plan. */
#include "headrace/headrace.h"
#include "source/rest_api/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hr_doc *doc = NULL;
    hr_rest_plan *plan = NULL;

    if (hr_doc_parse_yaml(&doc, (hr_str){(const char *)data, size}, "fuzz", NULL) != HR_OK)
        return 0;
    if (hr_rest_plan_new(&plan, doc, hr_doc_root(doc), NULL) == HR_OK)
        hr_rest_plan_free(plan);
    hr_doc_free(doc);
    return 0;
}
