# What `make install` puts where. libduckdb is a component of its own, since a machine may have one.

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/headrace)

install(TARGETS headrace EXPORT headraceTargets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT headrace)
install(TARGETS hr_toml LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/headrace COMPONENT headrace)
install(DIRECTORY include/headrace DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT headrace
    FILES_MATCHING PATTERN "*.h")
if(TARGET headrace_cli)
  install(TARGETS headrace_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT headrace)
endif()
if(EXISTS ${CMAKE_SOURCE_DIR}/docs/headrace.1)
  install(FILES docs/headrace.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT headrace)
endif()

# The prefix is known when installing only (--prefix), so headrace.pc is filled in then.
install(CODE "
  set(PROJECT_VERSION ${PROJECT_VERSION})
  set(CMAKE_INSTALL_FULL_LIBDIR \"\\\${prefix}/${CMAKE_INSTALL_LIBDIR}\")
  set(CMAKE_INSTALL_FULL_INCLUDEDIR \"\\\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}\")
  configure_file(\"${CMAKE_SOURCE_DIR}/cmake/headrace.pc.in\"
                 \"${CMAKE_BINARY_DIR}/headrace.pc\" @ONLY)"
  COMPONENT headrace)
install(FILES ${CMAKE_BINARY_DIR}/headrace.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT headrace)

configure_package_config_file(cmake/headraceConfig.cmake.in
    ${CMAKE_BINARY_DIR}/headraceConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/headraceConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/headraceConfig.cmake
    ${CMAKE_BINARY_DIR}/headraceConfigVersion.cmake
    DESTINATION ${package_dir} COMPONENT headrace)
install(EXPORT headraceTargets NAMESPACE headrace:: DESTINATION ${package_dir} COMPONENT headrace)

install(PROGRAMS ${HR_DEPS_DIR}/lib/libduckdb.so
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/headrace COMPONENT libduckdb)
