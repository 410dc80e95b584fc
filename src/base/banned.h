/* banned.h -- C functions that this project does not call; every source includes it first, by the
 * compiler's command line. A call is then a warning, so an error in all presets. They are declared
 * again here rather than poisoned, since headers of the system and of libraries name them too. */
#ifndef HR_BASE_BANNED_H
#define HR_BASE_BANNED_H

#define HR_BANNED(use) __attribute__((deprecated("banned here: use " use)))

struct tm;

HR_BANNED("hr_buf or memcpy") char *strcpy(char *, const char *);
HR_BANNED("hr_buf or memcpy") char *strcat(char *, const char *);
HR_BANNED("hr_buf or snprintf") int sprintf(char *, const char *, ...);
HR_BANNED("hr_buf or vsnprintf") int vsprintf(char *, const char *, __builtin_va_list);
HR_BANNED("strcspn or hr_str") char *strtok(char *, const char *);
HR_BANNED("strtol and check it") int atoi(const char *);
HR_BANNED("strtol and check it") long atol(const char *);
HR_BANNED("gmtime_r") struct tm *gmtime(const long *); /* time_t is long on 64-bit Linux */
HR_BANNED("localtime_r") struct tm *localtime(const long *);
HR_BANNED("strftime") char *asctime(const struct tm *);
HR_BANNED("strftime") char *ctime(const long *);

#undef HR_BANNED

#endif
