#include "cli/style.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/utf8.h"

enum { USUAL_WIDTH = 80 };

unsigned cli_style_width(FILE *out)
{
    const int fd = fileno(out);
    struct winsize size = {0};

    if (fd < 0 || !isatty(fd))
        return 0;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return USUAL_WIDTH;
    return size.ws_col;
}

cli_style cli_style_of(FILE *out)
{
    const bool utf8 = cli_utf8_init() != 0;
    const char *term = getenv("TERM");
    const char *no_color = getenv("NO_COLOR");
    const bool dumb = !term || strcmp(term, "dumb") == 0;
    cli_style style = {.out = out, .width = cli_style_width(out)};

    style.colour = style.width > 0 && !dumb && !(no_color && no_color[0]);
    style.unicode = style.width > 0 && utf8;
    return style;
}
