/* How vaults are asked, whatever their kind. */
#include "base/hash.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "vault/vault_int.h"
#include "json/json.h"

bool hr_vault_put(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, const char *text)
{
    return !text || yyjson_mut_obj_add_strcpy(doc, object, key, text);
}

const char *hr_vault_join(hr_net_vault *v, const char *a, const char *b, const char *c)
{
    hr_buf text = {0};

    hr_buf_addf(&text, "%s%s%s", a, b, c);
    const char *kept = text.failed ? NULL : hr_arena_strndup(&v->arena, hr_buf_str(&text));
    hr_buf_release(&text);
    return kept;
}

hr_status hr_vault_send(hr_net_vault *v, const hr_http_request *request, hr_http_response **out,
                        hr_error *err)
{
    hr_http_request whole = *request;

    whole.size = sizeof(whole);
    whole.idempotent = true;
    return hr_http_send(v->client, &whole, out, err);
}

hr_status hr_vault_get(hr_net_vault *v, const char *name, const char *end, hr_http_response **out,
                       hr_error *err)
{
    hr_buf url = {0};

    hr_buf_addf(&url, "%s%s%s", v->folder, name, end);
    hr_status st = hr_buf_status(&url, err);
    if (st == HR_OK)
        st = hr_vault_send(v, &(hr_http_request){.url = url.data}, out, err);
    hr_buf_release(&url);
    return st;
}

static hr_status take(hr_net_vault *v, const hr_http_response *r, hr_buf *out, bool *found,
                      hr_error *err)
{
    size_t n = 0;
    const char *body = hr_http_response_body(r, &n);
    yyjson_doc *doc = hr_json_read((hr_str){body, n}, 0, NULL);

    if (!doc)
        return hr_fail(err, HR_E_PARSE, "the answer is no JSON");
    const hr_status st = v->kind->take(yyjson_doc_get_root(doc), out, found, err);
    yyjson_doc_free(doc);
    return st;
}

hr_status hr_vault_read(hr_net_vault *v, const char *name, hr_buf *out, hr_vault_answer *answer,
                        hr_error *err)
{
    hr_http_response *r = NULL;
    hr_status st = HR_OK;
    bool found = false;

    HR_TRY(v->kind->ask(v, name, &r, err));
    if (hr_http_response_status(r) == 200) {
        st = take(v, r, out, &found, err);
        *answer = found ? HR_VAULT_FOUND : HR_VAULT_ABSENT;
    } else {
        *answer = v->kind->refusal(r);
        if (*answer == HR_VAULT_ERROR)
            st = hr_http_response_check(r, err);
    }
    hr_http_response_free(r);
    return st;
}

hr_status hr_vault_add_base64(const char *base64, hr_buf *out, hr_error *err)
{
    return hr_base64_decode(hr_str_from(base64), out)
               ? HR_OK
               : hr_fail(err, HR_E_PARSE, "the secret in the answer is no base64");
}
