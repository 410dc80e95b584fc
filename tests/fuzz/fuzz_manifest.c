/* The manifest of a load package: any text, and edits of a valid one. What is taken for a manifest
 * has only sane ranges and names, and comes back the same when it is written and read again. */
#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "package/package_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char valid[] =
    "{\"version\":1,\"load_id\":\"1.5\",\"created_at\":\"2026-01-01T00:00:00Z\","
    "\"rereadable\":true,\"base_hash\":\"aGFzaA==\",\"resources\":[\"t\"],\"replaced\":null,"
    "\"state\":{\"version\":1,\"engine_version\":4,\"pipeline_name\":\"p\",\"encoded\":\"eJw=\","
    "\"hash\":\"aA==\"},\"schema\":{\"version\":2,\"tables\":{\"t\":{}}},"
    "\"files\":[{\"file\":\"0001.arrow\",\"table\":\"t\",\"bytes\":1000,"
    "\"columns\":[[\"a\",\"bigint\",-1,-1],[\"d\",\"decimal\",38,0]],"
    "\"batches\":[[400,200,10,\"0123456789abcdef\"],[600,300,7,\"ffffffffffffffff\"]]}]}";

static void check(bool ok)
{
    if (!ok)
        abort();
}

static hr_package *new_package(void)
{
    hr_package *p = hr_calloc(1, sizeof(*p));

    check(p != NULL);
    p->lock = hr_malloc(sizeof(pthread_mutex_t));
    check(p->lock != NULL);
    pthread_mutex_init(p->lock, NULL);
    memcpy(p->load_id, "1.5", 4);
    return p;
}

static void check_file(const hr_package_file *f)
{
    check(f->name[0] && f->name[0] != '.' && !strchr(f->name, '/'));
    for (size_t i = 0; i < f->n_fields; i++)
        check(f->fields[i].type != HR_TYPE_NONE && f->fields[i].precision >= -1);
    for (size_t i = 0; i < f->n_batches; i++) {
        const hr_package_batch *b = &f->batches[i];

        check(b->rows > 0 && b->offset <= f->bytes && b->length <= f->bytes - b->offset);
    }
}

static void write(const hr_package *p, hr_buf *out)
{
    hr_error err;

    check(hr_manifest_write(p, out, &err) == HR_OK);
}

static void check_round_trip(const hr_package *p)
{
    hr_package *again = new_package();
    hr_buf first = {0};
    hr_buf second = {0};
    hr_error err;

    write(p, &first);
    check(hr_manifest_parse(again, hr_buf_str(&first), &err) == HR_OK);
    write(again, &second);
    check(hr_str_eq(hr_buf_str(&first), hr_buf_str(&second)));
    hr_buf_release(&first);
    hr_buf_release(&second);
    hr_package_free(again);
}

static void parse(hr_str text)
{
    hr_package *p = new_package();
    hr_error err = {0};
    const hr_status st = hr_manifest_parse(p, text, &err);

    check(st == HR_OK || st == HR_E_PARSE || st == HR_E_UNSUPPORTED);
    check(st == HR_OK || err.msg[0]);
    if (st == HR_OK) {
        for (size_t i = 0; i < p->n_files; i++) {
            check_file(p->files[i]);
            check(hr_package_rows(p, hr_str_from(p->files[i]->table)) < UINT64_MAX);
        }
        check_round_trip(p);
    }
    hr_package_free(p);
}

/* Three bytes an edit: a place, and what stands there from now on. */
static void parse_edited(const uint8_t *data, size_t size)
{
    char text[sizeof(valid)];

    memcpy(text, valid, sizeof(valid));
    for (size_t i = 0; i + 2 < size; i += 3)
        text[(size_t)(data[i] << 8 | data[i + 1]) % (sizeof(valid) - 1)] = (char)data[i + 2];
    parse((hr_str){text, sizeof(valid) - 1});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    parse((hr_str){(const char *)data, size});
    parse_edited(data, size);
    return 0;
}
