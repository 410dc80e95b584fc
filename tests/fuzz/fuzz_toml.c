/* Any bytes as TOML and as .env: refused, or a document whose values all have a place. */
#include <stdlib.h>

#include "config/dotenv.h"
#include "config/toml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const hr_str text = {(const char *)data, size};
    hr_arena arena = {0};
    hr_map map = {0};
    hr_doc *doc = NULL;

    if (hr_doc_parse_toml(&doc, text, "fuzz", NULL) == HR_OK) {
        for (size_t i = 0; i < yyjson_doc_get_val_count(doc->json); i++)
            if (!doc->places[i].line)
                abort();
        hr_doc_free(doc);
    }
    if (hr_dotenv_parse(&map, &arena, text, "fuzz", NULL) != HR_OK && map.n > size)
        abort();
    hr_map_release(&map);
    hr_arena_release(&arena);
    return 0;
}
