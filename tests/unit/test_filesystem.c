#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/buf.h"
#include "headrace/headrace.h"
#include "source/filesystem/decoder.h"
#include "source/filesystem/filesystem.h"

enum { PAGE = 1000, ITEM = 1 << 20 };

static char *folder;

static int make_folder(void **state)
{
    (void)state;
    folder = test_folder();
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    test_folder_remove(folder);
    return 0;
}

/* ---- Files of the tests ---- */

/* folder/name; good until the fourth next call. */
static const char *in_folder(const char *name)
{
    static char paths[4][4096];
    static size_t turn;
    char *path = paths[turn++ % N_OF(paths)];
    (void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static void put(const char *name, hr_str bytes)
{
    test_file(folder, name, bytes.p, bytes.n);
}

static void add_gzip(hr_buf *out, hr_str text)
{
    unsigned char packed[65536];
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)text.p;
    z.avail_in = (uInt)text.n;
    int result;
    do {
        z.next_out = packed;
        z.avail_out = sizeof(packed);
        result = deflate(&z, Z_FINISH);
        hr_buf_add(out, (hr_str){(char *)packed, sizeof(packed) - z.avail_out});
    } while (result == Z_OK);
    assert_int_equal(result, Z_STREAM_END);
    (void)deflateEnd(&z);
}

static void add_zstd(hr_buf *out, hr_str text, bool checksum)
{
    const size_t bound = ZSTD_compressBound(text.n);
    char *packed = malloc(bound);
    assert_non_null(packed);
    ZSTD_CCtx *z = ZSTD_createCCtx();
    (void)ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, checksum);
    const size_t n = ZSTD_compress2(z, packed, bound, text.p, text.n);
    assert_false(ZSTD_isError(n));
    (void)ZSTD_freeCCtx(z);
    hr_buf_add(out, (hr_str){packed, n});
    free(packed);
}

static hr_buf numbered_lines(size_t n)
{
    hr_buf b = {0};
    for (size_t i = 0; i < n; i++)
        hr_buf_addf(&b, "{\"line\":%zu,\"twice\":%zu,\"text\":\"%zx\"}\n", i, 2 * i,
                    i * 2654435761);
    return b;
}

/* ---- Reading ---- */

static hr_status open_paths(hr_page_source *s, const char *const *paths, hr_error *err)
{
    size_t n = 0;
    while (paths[n] != NULL)
        n++;
    return hr_filesystem_open(s, paths, n, PAGE, ITEM, err);
}

/* All text; before the first page of an input its name without the folder, as "<name>". */
static hr_status read_all(const char *const *paths, bool names, hr_buf *out, hr_error *err)
{
    hr_page_source s;
    hr_page page;
    bool first = true;
    uint64_t offset = 0;
    HR_TRY(open_paths(&s, paths, err));
    hr_status st;
    while ((st = s.next(s.self, &page, err)) == HR_OK && page.data != NULL) {
        if (first && names) {
            const char *slash = strrchr(page.input, '/');
            hr_buf_addf(out, "<%s>", slash != NULL ? slash + 1 : page.input);
        }
        assert_int_equal(page.offset, first ? 0 : offset);
        offset = page.offset + page.len;
        first = page.last_of_input;
        hr_buf_add(out, (hr_str){page.data, page.len});
        hr_free(page.data);
    }
    if (st == HR_OK) {
        uint64_t done;
        uint64_t total;
        s.progress(s.self, &done, &total);
        assert_int_equal(done, total);
    }
    s.close(s.self);
    return st;
}

static void assert_reads(const char *const *paths, bool names, hr_str want, const char *label)
{
    hr_error err;
    hr_buf got = {0};
    assert_hr_ok(read_all(paths, names, &got, &err), &err, label);
    assert_str_equal(hr_buf_str(&got), want, label);
    hr_buf_release(&got);
}

static void assert_file_reads(const char *name, hr_str bytes, hr_str want)
{
    put(name, bytes);
    const char *const paths[] = {in_folder(name), NULL};
    assert_reads(paths, false, want, name);
}

/* Reading fails, and the message names all of `words`. */
static void assert_paths_fail(const char *const *paths, hr_status want, const char *const *words)
{
    hr_error err = {0};
    hr_buf got = {0};
    assert_int_equal(read_all(paths, false, &got, &err), want);
    for (; *words != NULL; words++) {
        if (strstr(err.msg, *words) == NULL)
            fail_msg("no \"%s\" in: %s", *words, err.msg);
    }
    hr_buf_release(&got);
}

static void assert_file_fails(const char *name, hr_str bytes, hr_status want, const char *word)
{
    put(name, bytes);
    const char *const paths[] = {in_folder(name), NULL};
    const char *const words[] = {name, word, NULL};
    assert_paths_fail(paths, want, words);
}

/* ---- Tests ---- */

static void reads_plain_files(void **state)
{
    (void)state;
    hr_buf lines = numbered_lines(5000);
    assert_file_reads("lines.jsonl", hr_buf_str(&lines), hr_buf_str(&lines));
    assert_file_reads("empty.json", HR_STR(""), HR_STR(""));
    assert_file_reads("short.json", HR_STR("1"), HR_STR("1"));
    assert_file_reads("white.json", HR_STR(" \n "), HR_STR(" \n "));
    assert_file_reads("array.json", HR_STR("[]"), HR_STR("[]"));
    hr_buf_release(&lines);
}

static void skips_the_byte_order_mark(void **state)
{
    (void)state;
    put("bom.json", HR_STR("\xEF\xBB\xBF{\"a\":1}"));
    const char *const path = in_folder("bom.json");
    hr_page_source s;
    hr_page page;
    assert_int_equal(hr_filesystem_open(&s, &path, 1, PAGE, ITEM, NULL), HR_OK);
    assert_true(s.rereadable);
    assert_int_equal(s.next(s.self, &page, NULL), HR_OK);
    assert_int_equal(page.offset, 3);
    assert_string_equal(page.data, "{\"a\":1}");
    assert_string_equal(page.input, path);
    hr_free(page.data);
    s.close(s.self);
}

static void reads_all_members_and_frames(void **state)
{
    (void)state;
    hr_buf lines = numbered_lines(20000);
    const hr_str parts[] = {{lines.data, 300000},
                            {lines.data + 300000, 0},
                            {lines.data + 300000, 77},
                            {lines.data + 300077, lines.len - 300077}};
    hr_buf gzip = {0};
    hr_buf zstd = {0};
    for (size_t i = 0; i < N_OF(parts); i++) {
        add_gzip(&gzip, parts[i]);
        add_zstd(&zstd, parts[i], i > 0);
    }
    assert_file_reads("several.gz", hr_buf_str(&gzip), hr_buf_str(&lines));
    assert_file_reads("several.zst", hr_buf_str(&zstd), hr_buf_str(&lines));
    /* By the first bytes, not by the name. */
    assert_file_reads("lies.json", hr_buf_str(&zstd), hr_buf_str(&lines));
    hr_buf_release(&gzip);
    hr_buf_release(&zstd);
    hr_buf_release(&lines);
}

/* Far more output than input, so that decoders hold output back. */
static void reads_what_packs_well(void **state)
{
    (void)state;
    hr_buf text = {0};
    assert_true(hr_buf_reserve(&text, 3000000));
    memset(text.data, ' ', 3000000);
    text.len = 3000000;
    hr_buf gzip = {0};
    hr_buf zstd = {0};
    add_gzip(&gzip, hr_buf_str(&text));
    add_zstd(&zstd, hr_buf_str(&text), false);
    assert_file_reads("spaces.gz", hr_buf_str(&gzip), hr_buf_str(&text));
    assert_file_reads("spaces.zst", hr_buf_str(&zstd), hr_buf_str(&text));
    hr_buf_release(&gzip);
    hr_buf_release(&zstd);
    hr_buf_release(&text);
}

/* A call with nothing to do, between two members and behind the last, changes nothing. */
static void decoders_bear_idle_calls(void **state)
{
    (void)state;
    for (int zstd = 0; zstd < 2; zstd++) {
        hr_buf packed = {0};
        hr_decoder d;
        char out[8];
        bool whole = false;
        if (zstd)
            add_zstd(&packed, HR_STR("12345678"), false);
        else
            add_gzip(&packed, HR_STR("12345678"));
        assert_int_equal(zstd ? hr_zstd_open(&d, NULL) : hr_gzip_open(&d, NULL), HR_OK);
        for (int member = 0; member < 3; member++) {
            hr_str in = hr_buf_str(&packed);
            size_t total = 0;
            for (int idle = 0; idle < 3; idle += in.n == 0) {
                size_t n = 0;
                assert_int_equal(
                    d.decode(d.self, &in, out + total, sizeof(out) - total, &n, &whole, NULL),
                    HR_OK);
                total += n;
                assert_true(whole || in.n > 0 || total < sizeof(out));
            }
            assert_str_equal((hr_str){out, total}, HR_STR("12345678"), d.format);
        }
        d.close(d.self);
        hr_buf_release(&packed);
    }
}

static void refuses_damaged_archives(void **state)
{
    (void)state;
    hr_buf lines = numbered_lines(300);
    hr_buf packed[2] = {{0}, {0}};
    const char *const names[] = {"bad.gz", "bad.zst"};
    const char *const formats[] = {"gzip", "zstd"};
    add_gzip(&packed[0], hr_buf_str(&lines));
    add_zstd(&packed[1], hr_buf_str(&lines), true);
    for (size_t i = 0; i < N_OF(packed); i++) {
        hr_buf *b = &packed[i];
        char place[64];
        for (size_t n = 4; n < b->len; n += n < 40 || n + 20 > b->len ? 1 : 97) {
            (void)snprintf(place, sizeof(place), "compressed byte %zu", n);
            assert_file_fails(names[i], (hr_str){b->data, n}, HR_E_PARSE, place);
        }
        (void)snprintf(place, sizeof(place), "compressed byte %zu", b->len);
        const size_t good = b->len;
        hr_buf_addz(b, "garbage");
        assert_file_fails(names[i], hr_buf_str(b), HR_E_PARSE, place);
        b->len = good;
        memset(b->data + good / 2, 0x55, 20);
        assert_file_fails(names[i], hr_buf_str(b), HR_E_PARSE, formats[i]);
        hr_buf_release(b);
    }
    hr_buf_release(&lines);
}

static void refuses_other_formats_by_name(void **state)
{
    (void)state;
    assert_file_fails("x.bz2", HR_STR("BZh91AY&SY"), HR_E_UNSUPPORTED, "bzip2");
    assert_file_fails("x.xz", HR_STR("\xFD\x37zXZ\0"), HR_E_UNSUPPORTED, "xz");
    assert_file_fails("x.zip", HR_STR("PK\x03\x04..."), HR_E_UNSUPPORTED, "zip");
    assert_file_fails("x.parquet", HR_STR("PAR1...PAR1"), HR_E_UNSUPPORTED, "Parquet");
    assert_file_fails("utf16.json", HR_STR("\xFF\xFE{\0}\0"), HR_E_PARSE, "UTF-16LE");
}

static void takes_folders_and_patterns_in_order(void **state)
{
    (void)state;
    static const char *const names[] = {"b.json",   "a.jsonl",      "C.ndjson", "a.json",
                                        "skip.txt", ".hidden.json", ".json",    "json"};
    hr_buf gzip = {0};
    hr_buf zstd = {0};
    add_gzip(&gzip, HR_STR("5"));
    add_zstd(&zstd, HR_STR("6"), true);
    assert_int_equal(mkdir(in_folder("in"), 0700), 0);
    assert_int_equal(mkdir(in_folder("in/deep.json"), 0700), 0);
    assert_int_equal(mkdir(in_folder("none"), 0700), 0);
    for (size_t i = 0; i < N_OF(names); i++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "in/%s", names[i]);
        put(name, (hr_str){&"12345678"[i], 1});
    }
    put("in/deep.json/x.json", HR_STR("8"));
    put("in/d.json.gz", hr_buf_str(&gzip));
    put("in/e.jsonl.zst", hr_buf_str(&zstd));
    put("in/f.gz", hr_buf_str(&gzip));
    put("w[1].json", HR_STR("9"));

    const hr_str want = HR_STR("<C.ndjson>3<a.json>4<a.jsonl>2<b.json>1<d.json.gz>5<e.jsonl.zst>6");
    const char *const whole[] = {in_folder("in"), NULL};
    assert_reads(whole, true, want, "folder");
    const char *const slash[] = {in_folder("in/"), NULL};
    assert_reads(slash, true, want, "folder with a slash");
    const char *const pattern[] = {in_folder("in/*.json*"), NULL};
    assert_reads(pattern, true, HR_STR("<a.json>4<a.jsonl>2<b.json>1<d.json.gz>5<e.jsonl.zst>6"),
                 "pattern");
    const char *const several[] = {in_folder("in/b.json"), in_folder("i?/[aC].*son"), NULL};
    assert_reads(several, true, HR_STR("<b.json>1<C.ndjson>3<a.json>4"), "order of paths first");
    const char *const literal[] = {in_folder("w[1].json"), NULL};
    assert_reads(literal, true, HR_STR("<w[1].json>9"), "a path that exists is no pattern");
    const char *const empty[] = {in_folder("none"), NULL};
    assert_reads(empty, true, HR_STR(""), "empty folder");
    hr_buf_release(&gzip);
    hr_buf_release(&zstd);
}

static void refuses_what_is_not_there(void **state)
{
    (void)state;
    const struct {
        const char *path;
        const char *word;
    } cases[] = {
        {"missing.json", "cannot open"},
        {"*.nothing", "no file matches"},
        {"missing/*.json", "no file matches"},
        {"in/deep*", "folders only"},
    };
    for (size_t i = 0; i < N_OF(cases); i++) {
        hr_page_source s;
        hr_error err = {0};
        const char *const paths[] = {in_folder(cases[i].path), NULL};
        assert_int_equal(open_paths(&s, paths, &err), HR_E_IO);
        if (strstr(err.msg, paths[0]) == NULL || strstr(err.msg, cases[i].word) == NULL)
            fail_msg("%s: %s", paths[0], err.msg);
    }
    const char *const twice[] = {"-", "-", NULL};
    const char *const words[] = {"once", NULL};
    assert_paths_fail(twice, HR_E_CONFIG, words);
}

/* Even a user who may read everything cannot read a folder as a file, or a file that went away. */
static void names_the_file_that_cannot_be_read(void **state)
{
    (void)state;
    put("gone.json", HR_STR("{}"));
    const char *const path = in_folder("gone.json");
    hr_page_source s;
    hr_page page;
    hr_error err = {0};
    assert_int_equal(hr_filesystem_open(&s, &path, 1, PAGE, ITEM, NULL), HR_OK);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(s.next(s.self, &page, &err), HR_E_IO);
    assert_int_equal(err.os_errno, ENOENT);
    assert_non_null(strstr(err.msg, path));
    s.close(s.self);

    put("gone.json", HR_STR("{}"));
    assert_int_equal(hr_filesystem_open(&s, &path, 1, PAGE, ITEM, NULL), HR_OK);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(s.next(s.self, &page, &err), HR_E_IO);
    assert_int_equal(err.os_errno, EISDIR);
    assert_non_null(strstr(err.msg, path));
    s.close(s.self);
}

/* ---- Pipes ---- */

typedef struct pipe_end {
    int saved; /* the real standard input */
    int write;
} pipe_end;

static pipe_end pipe_to_stdin(void)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const pipe_end p = {.saved = dup(STDIN_FILENO), .write = ends[1]};
    assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
    assert_int_equal(close(ends[0]), 0);
    return p;
}

static void restore_stdin(pipe_end p)
{
    assert_true(dup2(p.saved, STDIN_FILENO) >= 0);
    (void)close(p.saved);
}

static void write_all(int fd, hr_str bytes)
{
    assert_int_equal(write(fd, bytes.p, bytes.n), (ssize_t)bytes.n);
}

static void assert_next_page(const hr_page_source *s, const char *text, bool last)
{
    hr_page page;
    hr_error err;
    assert_hr_ok(s->next(s->self, &page, &err), &err, text);
    assert_non_null(page.data);
    assert_string_equal(page.data, text);
    assert_string_equal(page.input, "<stdin>");
    assert_int_equal(page.last_of_input, last);
    hr_free(page.data);
}

static void hands_out_what_a_slow_pipe_has_brought(void **state)
{
    (void)state;
    const pipe_end p = pipe_to_stdin();
    const char *const path = "-";
    hr_page_source s;
    hr_page page;
    assert_int_equal(hr_filesystem_open(&s, &path, 1, PAGE, ITEM, NULL), HR_OK);
    assert_false(s.rereadable);
    write_all(p.write, HR_STR("{\"a\":1}\n{\"a\":2}\n{\"a\""));
    assert_next_page(&s, "{\"a\":1}\n{\"a\":2}\n", false);
    write_all(p.write, HR_STR(":3}[1,2,[3"));
    assert_next_page(&s, "{\"a\":3}[1,2", false);
    write_all(p.write, HR_STR("]]{}\n"));
    assert_next_page(&s, ",[3]]{}\n", false);
    (void)close(p.write);
    assert_next_page(&s, "", true);
    assert_int_equal(s.next(s.self, &page, NULL), HR_OK);
    assert_null(page.data);
    uint64_t done;
    uint64_t total;
    s.progress(s.self, &done, &total);
    assert_int_equal(done, 35);
    assert_int_equal(total, 0);
    s.close(s.self);
    restore_stdin(p);
}

static void *write_slowly(void *arg)
{
    const pipe_end *p = arg;
    hr_buf lines = numbered_lines(3000);
    hr_buf gzip = {0};
    add_gzip(&gzip, hr_buf_str(&lines));
    for (size_t i = 0; i < gzip.len; i += 1000)
        write_all(p->write, (hr_str){gzip.data + i, gzip.len - i < 1000 ? gzip.len - i : 1000});
    (void)close(p->write);
    hr_buf_release(&gzip);
    hr_buf_release(&lines);
    return NULL;
}

static void reads_gzip_from_a_pipe(void **state)
{
    (void)state;
    pipe_end p = pipe_to_stdin();
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, write_slowly, &p), 0);
    hr_buf want = numbered_lines(3000);
    hr_buf got = {0};
    const char *const path = "-";
    hr_page_source s;
    hr_page page;
    hr_error err;
    assert_int_equal(hr_filesystem_open(&s, &path, 1, PAGE, ITEM, NULL), HR_OK);
    do {
        assert_hr_ok(s.next(s.self, &page, &err), &err, "pipe");
        hr_buf_add(&got, (hr_str){page.data, page.len});
        hr_free(page.data);
    } while (!page.last_of_input);
    s.close(s.self);
    assert_int_equal(pthread_join(writer, NULL), 0);
    assert_str_equal(hr_buf_str(&got), hr_buf_str(&want), "gzip in a pipe");
    hr_buf_release(&got);
    hr_buf_release(&want);
    restore_stdin(p);
}

/* What the writer has flushed comes out, also what the decoder holds back for want of room. */
static void hands_out_what_zstd_has_flushed(void **state)
{
    (void)state;
    const pipe_end p = pipe_to_stdin();
    hr_buf lines = numbered_lines(3000);
    char packed[60000];
    ZSTD_CCtx *z = ZSTD_createCCtx();
    ZSTD_inBuffer in = {.src = lines.data, .size = lines.len};
    ZSTD_outBuffer out = {.dst = packed, .size = sizeof(packed)};
    assert_int_equal(ZSTD_compressStream2(z, &out, &in, ZSTD_e_flush), 0);
    write_all(p.write, (hr_str){packed, out.pos});
    const char *const path = "-";
    hr_page_source s;
    hr_page page;
    size_t total = 0;
    assert_int_equal(hr_filesystem_open(&s, &path, 1, PAGE, ITEM, NULL), HR_OK);
    (void)alarm(60); /* without it a failure would be a hang */
    while (total < lines.len) {
        assert_int_equal(s.next(s.self, &page, NULL), HR_OK);
        assert_false(page.last_of_input);
        total += page.len;
        hr_free(page.data);
    }
    (void)alarm(0);
    (void)ZSTD_freeCCtx(z);
    s.close(s.self);
    (void)close(p.write);
    restore_stdin(p);
    hr_buf_release(&lines);
}

static void *cancel_soon(void *arg)
{
    const hr_page_source *s = arg;
    const struct timespec soon = {.tv_nsec = 50000000};
    (void)nanosleep(&soon, NULL);
    s->cancel(s->self);
    return NULL;
}

static void stops_waiting_when_cancelled(void **state)
{
    (void)state;
    const pipe_end p = pipe_to_stdin();
    const char *const path = "-";
    hr_page_source s;
    hr_page page;
    pthread_t other;
    assert_int_equal(hr_filesystem_open(&s, &path, 1, PAGE, ITEM, NULL), HR_OK);
    assert_int_equal(pthread_create(&other, NULL, cancel_soon, &s), 0);
    assert_int_equal(s.next(s.self, &page, NULL), HR_E_CANCELLED);
    assert_int_equal(pthread_join(other, NULL), 0);
    s.close(s.self);
    (void)close(p.write);
    restore_stdin(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_plain_files),
        cmocka_unit_test(skips_the_byte_order_mark),
        cmocka_unit_test(reads_all_members_and_frames),
        cmocka_unit_test(reads_what_packs_well),
        cmocka_unit_test(decoders_bear_idle_calls),
        cmocka_unit_test(refuses_damaged_archives),
        cmocka_unit_test(refuses_other_formats_by_name),
        cmocka_unit_test(takes_folders_and_patterns_in_order),
        cmocka_unit_test(refuses_what_is_not_there),
        cmocka_unit_test(names_the_file_that_cannot_be_read),
        cmocka_unit_test(hands_out_what_a_slow_pipe_has_brought),
        cmocka_unit_test(reads_gzip_from_a_pipe),
        cmocka_unit_test(hands_out_what_zstd_has_flushed),
        cmocka_unit_test(stops_waiting_when_cancelled),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
