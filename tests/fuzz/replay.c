/* replay.c -- runs a fuzz target once over every file of the folders given, and over nothing. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
    struct stat st;
    uint8_t *data = NULL;
    FILE *f = fopen(path, "rb");
    int failed = 1;

    if (f && fstat(fileno(f), &st) == 0) {
        /* The exact size, so that the sanitizer sees a read beyond the end. */
        data = malloc(st.st_size ? (size_t)st.st_size : 1);
        if (data && fread(data, 1, (size_t)st.st_size, f) == (size_t)st.st_size) {
            (void)LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
            failed = 0;
        }
    }
    if (failed)
        perror(path);
    free(data);
    if (f)
        (void)fclose(f);
    return failed;
}

static int run_folder(const char *path, size_t *n_files)
{
    struct dirent **names = NULL;
    int failed = 0;
    const int n = scandir(path, &names, NULL, alphasort);

    for (int i = 0; i < n; i++) {
        char file[4096];

        (void)snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.') {
            failed |= run_file(file);
            ++*n_files;
        }
        free(names[i]);
    }
    free(names);
    return failed;
}

int main(int argc, char **argv)
{
    size_t n_files = 0;
    int failed = 0;

    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++)
        failed |= run_folder(argv[i], &n_files);
    printf("%zu inputs replayed\n", n_files);
    return failed;
}
