/* AWS Secrets Manager, with an access key. */
#include "base/mem.h"
#include "headrace/headrace.h"
#include "vault/vault_int.h"
#include "json/json.h"

static hr_status find_region(hr_net_vault *v, const char **region, hr_error *err)
{
    HR_TRY(hr_vault_setting(v, "credentials", "region_name", "AWS_REGION", false, region, err));
    return *region ? HR_OK
                   : hr_vault_need(v, "credentials", "region_name", "AWS_DEFAULT_REGION", false,
                                   region, err);
}

static hr_status put_aws_key(hr_net_vault *v, yyjson_mut_doc *doc, yyjson_mut_val *auth,
                             hr_error *err)
{
    const char *id = NULL, *key = NULL, *token = NULL;
    static const char group[] = "credentials";

    HR_TRY(hr_vault_need(v, group, "aws_access_key_id", "AWS_ACCESS_KEY_ID", false, &id, err));
    HR_TRY(
        hr_vault_need(v, group, "aws_secret_access_key", "AWS_SECRET_ACCESS_KEY", true, &key, err));
    HR_TRY(hr_vault_setting(v, group, "aws_session_token", "AWS_SESSION_TOKEN", true, &token, err));
    return hr_vault_put(doc, auth, "type", "aws_sigv4") &&
                   hr_vault_put(doc, auth, "service", "secretsmanager") &&
                   hr_vault_put(doc, auth, "access_key_id", id) &&
                   hr_vault_put(doc, auth, "secret_access_key", key) &&
                   hr_vault_put(doc, auth, "session_token", token)
               ? HR_OK
               : hr_nomem(err);
}

static hr_status configure_aws(hr_net_vault *v, yyjson_mut_doc *doc, yyjson_mut_val *client,
                               hr_error *err)
{
    const char *region = NULL, *endpoint = NULL, *prefix = NULL;
    yyjson_mut_val *auth = yyjson_mut_obj_add_obj(doc, client, "auth");

    if (!auth)
        return hr_nomem(err);
    HR_TRY(find_region(v, &region, err));
    HR_TRY(put_aws_key(v, doc, auth, err));
    HR_TRY(hr_vault_setting(v, "credentials", "endpoint_url", "AWS_ENDPOINT_URL", false, &endpoint,
                            err));
    HR_TRY(hr_vault_setting(v, NULL, "secret_name_prefix", NULL, false, &prefix, err));
    v->prefix = prefix ? prefix : "dlt/";
    endpoint = endpoint ? hr_vault_join(v, endpoint, "/", "")
                        : hr_vault_join(v, "https://secretsmanager.", region, ".amazonaws.com/");
    return endpoint && hr_vault_put(doc, client, "base_url", endpoint) &&
                   hr_vault_put(doc, auth, "region", region)
               ? HR_OK
               : hr_nomem(err);
}

static hr_status ask_aws(hr_net_vault *v, const char *name, hr_http_response **out, hr_error *err)
{
    static const hr_http_field headers[] = {{"Content-Type", "application/x-amz-json-1.1"},
                                            {"X-Amz-Target", "secretsmanager.GetSecretValue"}};
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    yyjson_mut_val *o = doc ? yyjson_mut_obj(doc) : NULL;
    hr_buf body = {0};

    hr_status st = o && hr_vault_put(doc, o, "SecretId", name)
                       ? hr_json_write(o, false, NULL, &body, err)
                       : hr_nomem(err);
    if (st == HR_OK)
        st = hr_buf_status(&body, err);
    const hr_http_request request = {.method = "POST",
                                     .url = "",
                                     .headers = headers,
                                     .n_headers = 2,
                                     .body = body.data,
                                     .body_size = body.len};
    if (st == HR_OK)
        st = hr_vault_send(v, &request, out, err);
    hr_buf_release(&body);
    yyjson_mut_doc_free(doc);
    return st;
}

static bool body_has(const hr_http_response *r, const char *word)
{
    size_t n = 0;

    return strstr(hr_http_response_body(r, &n), word) != NULL;
}

/* A secret that is being deleted is refused by InvalidRequestException. */
static hr_vault_answer refusal_of_aws(const hr_http_response *r)
{
    if (body_has(r, "AccessDeniedException"))
        return HR_VAULT_DENIED;
    return body_has(r, "ResourceNotFoundException") || body_has(r, "InvalidRequestException")
               ? HR_VAULT_ABSENT
               : HR_VAULT_ERROR;
}

static hr_status take_aws(yyjson_val *root, hr_buf *out, bool *found, hr_error *err)
{
    const char *text = yyjson_get_str(yyjson_obj_get(root, "SecretString"));
    const char *binary = yyjson_get_str(yyjson_obj_get(root, "SecretBinary"));

    *found = text || binary;
    if (text)
        hr_buf_addz(out, text);
    return !text && binary ? hr_vault_add_base64(binary, out, err) : HR_OK;
}

const hr_vault_kind hr_aws_secrets = {
    .label = "AWS Secrets Manager",
    .denied = "AWS Secrets Manager (which denied access)",
    .section = "aws_secrets",
    .enable = "enable_aws_secrets",
    .separator = '/',
    .configure = configure_aws,
    .ask = ask_aws,
    .refusal = refusal_of_aws,
    .take = take_aws,
};
