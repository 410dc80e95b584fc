# What we build on. scripts/setup puts into build/deps what Debian does not package; the rest are
# Debian's development packages. Everything ends up in one interface target, hr_deps; the command
# line program takes hr_deps_static, the same libraries as archives where there are archives, since
# each shared library costs a part of a millisecond at every start.

set(HR_DEPS_DIR ${CMAKE_SOURCE_DIR}/build/deps CACHE PATH "Where scripts/setup put things")
set(nanoarrow_dir ${HR_DEPS_DIR}/src/nanoarrow)
set(flatcc_dir ${HR_DEPS_DIR}/src/flatcc)

foreach(needed ${HR_DEPS_DIR}/include/duckdb.h ${nanoarrow_dir}/nanoarrow/nanoarrow.h)
  if(NOT EXISTS ${needed})
    message(FATAL_ERROR "${needed} is missing: run 'make setup' first")
  endif()
endforeach()

# Compiled once, optimized whatever the preset, without our warnings and without sanitizers; and
# without assertions, which flatcc has where memory runs out.
function(hr_vendor_library name)
  add_library(${name} STATIC EXCLUDE_FROM_ALL ${ARGN})
  target_compile_options(${name} PRIVATE -O2 -w -DNDEBUG)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()

hr_vendor_library(hr_nanoarrow
    ${nanoarrow_dir}/nanoarrow/common/array.c
    ${nanoarrow_dir}/nanoarrow/common/array_stream.c
    ${nanoarrow_dir}/nanoarrow/common/schema.c
    ${nanoarrow_dir}/nanoarrow/common/utils.c
    ${nanoarrow_dir}/nanoarrow/ipc/codecs.c
    ${nanoarrow_dir}/nanoarrow/ipc/decoder.c
    ${nanoarrow_dir}/nanoarrow/ipc/encoder.c
    ${nanoarrow_dir}/nanoarrow/ipc/reader.c
    ${nanoarrow_dir}/nanoarrow/ipc/writer.c
    ${flatcc_dir}/src/runtime/builder.c
    ${flatcc_dir}/src/runtime/emitter.c
    ${flatcc_dir}/src/runtime/refmap.c
    ${flatcc_dir}/src/runtime/verifier.c)
target_include_directories(hr_nanoarrow SYSTEM PUBLIC ${nanoarrow_dir} PRIVATE ${flatcc_dir}/include)

# A yyjson of the system wins, when it is at least 0.10.
find_package(PkgConfig REQUIRED)
pkg_check_modules(yyjson QUIET IMPORTED_TARGET GLOBAL yyjson>=0.10)
if(yyjson_FOUND)
  add_library(hr_yyjson ALIAS PkgConfig::yyjson)
else()
  hr_vendor_library(hr_yyjson ${HR_DEPS_DIR}/src/yyjson/yyjson.c)
  target_include_directories(hr_yyjson SYSTEM PUBLIC ${HR_DEPS_DIR}/src/yyjson)
endif()

find_package(Threads REQUIRED)

add_library(hr_deps_common INTERFACE)
target_include_directories(hr_deps_common SYSTEM INTERFACE ${HR_DEPS_DIR}/include)
target_link_libraries(hr_deps_common INTERFACE hr_nanoarrow hr_yyjson Threads::Threads
    ${CMAKE_DL_LIBS} m)

add_library(hr_deps INTERFACE)
add_library(hr_deps_static INTERFACE)
foreach(lib crypto xxhash yaml zstd z) # an archive before those that it needs
  find_library(HR_${lib}_LIBRARY ${lib} REQUIRED)
  find_library(HR_${lib}_ARCHIVE NAMES lib${lib}.a)
  target_link_libraries(hr_deps INTERFACE ${HR_${lib}_LIBRARY})
  if(HR_${lib}_ARCHIVE)
    target_link_libraries(hr_deps_static INTERFACE ${HR_${lib}_ARCHIVE})
  else()
    target_link_libraries(hr_deps_static INTERFACE ${HR_${lib}_LIBRARY})
  endif()
endforeach()
target_link_libraries(hr_deps INTERFACE hr_deps_common)
target_link_libraries(hr_deps_static INTERFACE hr_deps_common)

# The program's malloc; a library must leave that to the program that uses it.
find_library(HR_jemalloc_LIBRARY NAMES libjemalloc_pic.a jemalloc REQUIRED)
add_library(hr_allocator INTERFACE)
target_link_libraries(hr_allocator INTERFACE ${HR_jemalloc_LIBRARY})
