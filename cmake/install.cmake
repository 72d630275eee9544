include(CMakePackageConfigHelpers)
set(TESSERA_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/tessera)
install(TARGETS tessera EXPORT tessera-targets)
install(DIRECTORY include/tessera TYPE INCLUDE)
install(EXPORT tessera-targets NAMESPACE tessera:: DESTINATION ${TESSERA_CMAKE_DIR})
configure_package_config_file(cmake/tessera-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/tessera-config.cmake
                              INSTALL_DESTINATION ${TESSERA_CMAKE_DIR})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/tessera-config-version.cmake
                                 COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/tessera-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/tessera-config-version.cmake cmake/Findasio.cmake
        DESTINATION ${TESSERA_CMAKE_DIR})
if(TESSERA_SERVER)
    install(TARGETS tessera-server RUNTIME)
    install(DIRECTORY reference-engine/bundled/ DESTINATION ${CMAKE_INSTALL_DATADIR}/tessera/bundled)
endif()
