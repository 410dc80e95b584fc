/* fault.h -- named places at which a test may kill the process.
 *
 * In builds with HR_FAULTS defined, the environment HR_KILL_AT=name or name:n makes the process
 * kill itself (SIGKILL) when it passes the place for the n-th time, 1 by default. HR_STOP_AT
 * makes it stand still there (SIGSTOP). HR_NOTE_POINTS=file appends the name of each place that it
 * passes to the file, a line each. In other builds the macro is nothing. */
#ifndef HR_BASE_FAULT_H
#define HR_BASE_FAULT_H

#ifdef HR_FAULTS
void hr_fault_point(const char *name);
#define HR_FAULT_POINT(name) hr_fault_point(name)
#else
#define HR_FAULT_POINT(name) ((void)0)
#endif

#endif
