/* Signatures: those that AWS has published, and a service account's. */
#include "support.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/hash.h"
#include "net/clock.h"
#include "net/sigv4.h"
#include "support/http_client.h"
#include "support/local_server.h"

/* AWS's test suite for Signature Version 4: its key, date and scope. */
static const hr_sigv4 suite_key = {.access_key_id = "AKIDEXAMPLE",
                                   .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                                   .region = "us-east-1",
                                   .service = "service"};
/* The examples of S3's documentation. */
static const hr_sigv4 s3_key = {.access_key_id = "AKIAIOSFODNN7EXAMPLE",
                                .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                                .region = "us-east-1",
                                .service = "s3"};

enum { SUITE_DATE = 1440938160, S3_DATE = 1369353600 };

#define SUITE "https://example.amazonaws.com"
#define BUCKET "https://examplebucket.s3.amazonaws.com"

static const struct sigv4_case {
    const char *label;
    const hr_sigv4 *key;
    int64_t date;
    const char *method;
    const char *url;
    const char *content_type;
    const char *body;
    const char *want; /* the signature */
} sigv4_cases[] = {
    {"get-vanilla", &suite_key, SUITE_DATE, "GET", SUITE "/", NULL, "",
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-vanilla-query-order-key-case", &suite_key, SUITE_DATE, "GET",
     SUITE "/?Param2=value2&Param1=value1", NULL, "",
     "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
    {"get-unreserved", &suite_key, SUITE_DATE, "GET",
     SUITE "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", NULL, "",
     "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
    {"get-utf8", &suite_key, SUITE_DATE, "GET", SUITE "/\xe1\x88\xb4", NULL, "",
     "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
    {"get-vanilla-utf8-query", &suite_key, SUITE_DATE, "GET", SUITE "/?\xe1\x88\xb4=bar", NULL, "",
     "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
    {"post-vanilla", &suite_key, SUITE_DATE, "POST", SUITE "/", NULL, "",
     "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    {"post-x-www-form-urlencoded", &suite_key, SUITE_DATE, "POST", SUITE "/",
     "application/x-www-form-urlencoded", "Param1=value1",
     "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
    {"S3, a bucket's lifecycle", &s3_key, S3_DATE, "GET", BUCKET "/?lifecycle", NULL, "",
     "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
    {"S3, a list of objects", &s3_key, S3_DATE, "GET", BUCKET "/?max-keys=2&prefix=J", NULL, "",
     "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
};

static void aws_signatures_are_those_published(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(sigv4_cases); i++) {
        const struct sigv4_case *const k = &sigv4_cases[i];
        hr_arena arena = {0};
        hr_outgoing o = {.arena = &arena,
                         .method = k->method,
                         .url = k->url,
                         .body = hr_str_from(k->body),
                         .date = k->date * HR_SECOND};
        hr_error err = {0};

        if (k->content_type)
            assert_true(hr_outgoing_set(&o, "Content-Type", k->content_type));
        assert_hr_ok(hr_sigv4_sign(k->key, &o, &err), &err, k->label);

        const char *const got = hr_outgoing_get(&o, "Authorization");

        if (!strstr(got, k->want))
            fail_msg("%s: %s", k->label, got);
        hr_arena_release(&arena);
    }
}

/* ---- JWT ---- */

typedef struct notary {
    EVP_PKEY *key;
    char claims[1024];
    bool verified;
} notary;

/* base64url, as a JWT has it. */
static size_t decode(hr_str text, unsigned char *out)
{
    char padded[2048];
    hr_buf bytes = {0};
    size_t n = text.n;

    memcpy(padded, text.p, n);
    for (size_t i = 0; i < n; i++)
        padded[i] = padded[i] == '-' ? '+' : padded[i] == '_' ? '/' : padded[i];
    while (n % 4)
        padded[n++] = '=';
    assert_true(hr_base64_decode((hr_str){padded, n}, &bytes));
    n = bytes.len;
    memcpy(out, bytes.data, n);
    hr_buf_release(&bytes);
    return n;
}

static void verify(void *ctx, const test_request *q, test_reply *r)
{
    notary *const s = ctx;
    unsigned char signature[512];
    const char *const mark = strstr(q->body, "assertion=");

    r->body = "{\"access_token\": \"from-the-notary\", \"expires_in\": \"3599\"}";
    if (strcmp(q->path, "/token") != 0 || !mark)
        return;

    const char *const jwt = mark + 10;
    const char *const claims = strchr(jwt, '.') + 1;
    const char *const end = strchr(claims, '.');
    const size_t n =
        decode((hr_str){end + 1, q->body_size - (size_t)(end + 1 - q->body)}, signature);
    EVP_MD_CTX *const md = EVP_MD_CTX_new();

    s->claims[decode((hr_str){claims, (size_t)(end - claims)}, (unsigned char *)s->claims)] = '\0';
    s->verified =
        EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, s->key) == 1 &&
        EVP_DigestVerify(md, signature, n, (const unsigned char *)jwt, (size_t)(end - jwt)) == 1;
    EVP_MD_CTX_free(md);
}

/* The key as PEM, its line breaks as JSON has them. */
static void write_pem(EVP_PKEY *key, const char *passphrase, hr_buf *out)
{
    BIO *const bio = BIO_new(BIO_s_mem());
    char *pem = NULL;

    assert_true(PEM_write_bio_PrivateKey(bio, key, passphrase ? EVP_aes_128_cbc() : NULL, NULL, 0,
                                         NULL, (void *)(uintptr_t)passphrase));

    const long n = BIO_get_mem_data(bio, &pem);

    for (long i = 0; i < n; i++)
        hr_buf_addz(out, pem[i] == '\n' ? "\\n" : (char[]){pem[i], '\0'});
    BIO_free(bio);
}

static void a_service_account_signs_for_its_token(void **state)
{
    static const char *const passphrases[] = {NULL, "correct horse"};

    (void)state;
    for (size_t i = 0; i < N_OF(passphrases); i++) {
        notary s = {.key = EVP_RSA_gen(2048)};
        test_server *const server = test_server_start(verify, &s);
        hr_buf settings = {0};
        test_client t;

        hr_buf_addf(&settings,
                    "{\"auth\": {\"type\": \"oauth2_jwt_bearer\", \"client_id\": \"me@x.iam\","
                    " \"auth_endpoint\": \"%s\", \"scopes\": [\"a\", \"b\"], \"private_key\": \"",
                    test_server_url(server, "/token"));
        write_pem(s.key, passphrases[i], &settings);
        hr_buf_addz(&settings, "\"");
        if (passphrases[i])
            hr_buf_addf(&settings, ", \"private_key_passphrase\": \"%s\"", passphrases[i]);
        hr_buf_addz(&settings, "}}");
        test_client_open(&t, settings.data);
        assert_string_equal(test_get_error(&t, test_server_url(server, "/items")), "");
        assert_true(s.verified);

        char want[512];

        (void)snprintf(want, sizeof(want),
                       "{\"iss\":\"me@x.iam\",\"sub\":\"me@x.iam\",\"aud\":\"%s\","
                       "\"iat\":1700000000,\"exp\":1700003600,\"scope\":\"a b\"}",
                       test_server_url(server, "/token"));
        assert_string_equal(s.claims, want);
        hr_buf_release(&settings);
        test_client_close(&t);
        test_server_stop(server);
        EVP_PKEY_free(s.key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aws_signatures_are_those_published),
        cmocka_unit_test(a_service_account_signs_for_its_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
