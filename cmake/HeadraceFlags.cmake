# hr_flags: how our own code is compiled. Presets choose among the options of CMakeLists.txt.

add_library(hr_flags INTERFACE)
target_compile_definitions(hr_flags INTERFACE _GNU_SOURCE)
target_compile_options(hr_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
    -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wpointer-arith
    -Wcast-qual -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough
    -include ${CMAKE_SOURCE_DIR}/src/base/banned.h
    $<$<BOOL:${HR_WERROR}>:-Werror>)

if(HR_FAULTS)
  target_compile_definitions(hr_flags INTERFACE HR_FAULTS=1)
endif()

if(HR_SANITIZE)
  target_compile_options(hr_flags INTERFACE
      -fsanitize=${HR_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(hr_flags INTERFACE -fsanitize=${HR_SANITIZE})
endif()

if(HR_FUZZ)
  target_compile_options(hr_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(HR_RELEASE)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  target_compile_definitions(hr_flags INTERFACE HR_RELEASE=1)
  target_compile_options(hr_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
      -fstack-protector-strong -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
  target_link_options(hr_flags INTERFACE -Wl,-z,relro -Wl,--as-needed -Wl,-O1)
endif()
