# Two components: `sdk`, and `server` for the program and its library.
include(CMakePackageConfigHelpers)
set(TESSERA_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/tessera)

set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME sdk)
install(TARGETS tessera tessera-compiled EXPORT tessera-targets)
install(DIRECTORY include/tessera TYPE INCLUDE)
install(EXPORT tessera-targets NAMESPACE tessera:: DESTINATION ${TESSERA_CMAKE_DIR})
configure_package_config_file(cmake/tessera-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/tessera-config.cmake
                              INSTALL_DESTINATION ${TESSERA_CMAKE_DIR})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/tessera-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/tessera-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/tessera-config-version.cmake cmake/Findasio.cmake
        DESTINATION ${TESSERA_CMAKE_DIR})

if(TESSERA_SERVER)
    set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME server)
    install(TARGETS tessera-server RUNTIME)
    if(TARGET tessera-cuda)
        install(TARGETS tessera-cuda LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
    endif()
    if(TARGET tessera-listen)
        install(TARGETS tessera-listen RUNTIME)
    endif()
    install(TARGETS tessera-server-lib tessera-engine EXPORT tessera-server-targets)
    install(DIRECTORY mock-server/include/tessera TYPE INCLUDE)
    install(EXPORT tessera-server-targets NAMESPACE tessera:: DESTINATION ${TESSERA_CMAKE_DIR})
    install(FILES cmake/Findutf8proc.cmake cmake/Findlibcsv.cmake DESTINATION ${TESSERA_CMAKE_DIR})
    install(DIRECTORY reference-engine/bundled/ DESTINATION ${CMAKE_INSTALL_DATADIR}/tessera/bundled)
endif()
