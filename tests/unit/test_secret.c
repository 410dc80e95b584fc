/* Secrets: no form of them stays in what is shown. */
#include "support.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/secret.h"

static void tell(const char *value)
{
    hr_error err = {0};

    assert_hr_ok(hr_secret_add(hr_str_from(value), &err), &err, value);
}

static void assert_blanked(const char *text, const char *want)
{
    hr_buf b = {0};

    hr_buf_addz(&b, text);
    hr_secret_blank_buf(&b);
    assert_str_equal(hr_buf_str(&b), hr_str_from(want), text);
    hr_buf_release(&b);
}

static void forms_are_blanked(void **state)
{
    (void)state;
    tell("p@ss/w rd\"1");
    assert_blanked("a p@ss/w rd\"1 b", "a *** b");
    assert_blanked("x=p%40ss%2Fw%20rd%221&y", "x=***&y");
    assert_blanked("x=p%40ss%2fw%20rd%221&y", "x=***&y");
    assert_blanked("x=p%40ss%2Fw+rd%221", "x=***");
    assert_blanked("{\"x\":\"p@ss/w rd\\\"1\"}", "{\"x\":\"***\"}");
    assert_blanked("{\"x\":\"p@ss\\/w rd\\\"1\"}", "{\"x\":\"***\"}");
    assert_blanked("nothing here", "nothing here");
}

/* Whatever stands before and behind, no letter of base64 that is the secret's alone stays. */
static void base64_is_blanked_wherever_it_lies(void **state)
{
    static const char value[] = "s3cr3t-T0ken?>~";

    (void)state;
    tell(value);
    for (size_t before = 0; before < 4; before++) {
        char raw[64], coded[128], plain[128];

        const int n = snprintf(raw, sizeof(raw), "%.*s%s%s", (int)before, "user", value, ":tail");
        (void)hr_base64(raw, (size_t)n, coded);
        memcpy(plain, coded, sizeof(plain));
        const size_t left = hr_secret_blank(coded, strlen(coded), false);
        coded[left] = '\0';
        assert_non_null(strstr(coded, "***"));
        assert_true(left < strlen(plain));
        assert_false(hr_secret_in((hr_str){coded, left}));
    }
}

static void short_secrets_are_words(void **state)
{
    (void)state;
    tell("abc");
    tell("x");
    assert_blanked("abc abcd zabc (abc) abc", "*** abcd zabc (***) ***");
    assert_blanked("x", "x");
}

static void errors_hold_none(void **state)
{
    hr_error err = {0};
    char padded[5000];

    (void)state;
    tell("hunter2-hunter2");
    (void)hr_fail(&err, HR_E_REMOTE, "said no to %s", "hunter2-hunter2");
    assert_string_equal(err.msg, "said no to ***");
    (void)hr_fail_in(&err, HR_E_REMOTE, "at %s", "hunter2-hunter2");
    assert_string_equal(err.msg, "at ***: said no to ***");
    /* A message that is cut in the middle of a secret. */
    for (size_t n = sizeof(err.msg) - 20; n < sizeof(err.msg); n++) {
        (void)hr_fail(&err, HR_E_REMOTE, "%*shunter2-hunter2", (int)n, "");
        assert_null(strstr(err.msg, "hun"));
    }
    memset(padded, ' ', sizeof(padded));
    memcpy(padded + 4090, "hunter2-hunter2", 16);
    const size_t n = hr_secret_blank(padded, 4095, true);
    padded[n] = '\0';
    assert_null(strstr(padded, "hun"));
}

static void lines_of_a_key_count(void **state)
{
    (void)state;
    tell("-----BEGIN KEY-----\nMIIEvgIBADANBgkqhkiG9w0BAQEFAASC\nshort\n-----END KEY-----\n");
    assert_blanked("x MIIEvgIBADANBgkqhkiG9w0BAQEFAASC y", "x *** y");
    assert_blanked("-----BEGIN KEY-----\\nMIIEvgIBADANBgkqhkiG9w0BAQEFAASC\\nshort\\n-----END "
                   "KEY-----\\n",
                   "***");
}

static void the_register_is_bounded(void **state)
{
    char value[32];

    (void)state;
    for (int i = 0; i < HR_SECRETS_KEPT + 10; i++) {
        (void)snprintf(value, sizeof(value), "renewed-token-%d", i);
        tell(value);
    }
    assert_blanked(value, "***");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_are_blanked),
        cmocka_unit_test(base64_is_blanked_wherever_it_lies),
        cmocka_unit_test(short_secrets_are_words),
        cmocka_unit_test(errors_hold_none),
        cmocka_unit_test(lines_of_a_key_count),
        cmocka_unit_test(the_register_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
