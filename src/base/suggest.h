/* suggest.h -- how messages say what hr_suggest() found: printf's format and arguments for
 * "; did you mean x?", or for nothing where `meant` is NULL. */
#ifndef HR_BASE_SUGGEST_H
#define HR_BASE_SUGGEST_H

#define HR_MEANT_FMT "%s%s%s"
#define HR_MEANT_ARG(meant) \
    (meant) ? "; did you mean " : "", (meant) ? (meant) : "", (meant) ? "?" : ""

#endif
