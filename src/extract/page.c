#include "extract/page.h"

#include "base/mem.h"
#include "headrace/headrace.h"

void hr_page_release(hr_page *p)
{
    hr_free(p->data);
    hr_free(p->values);
    hr_free(p->own_input);
    yyjson_doc_free(p->doc);
    *p = (hr_page){0};
}
