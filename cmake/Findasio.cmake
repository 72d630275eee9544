# Standalone Asio ships without a CMake package on Debian.
find_path(ASIO_INCLUDE_DIR asio.hpp)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(asio REQUIRED_VARS ASIO_INCLUDE_DIR
    REASON_FAILURE_MESSAGE "install standalone Asio, for example: apt-get install libasio-dev")
if(asio_FOUND AND NOT TARGET asio::asio)
    add_library(asio::asio INTERFACE IMPORTED)
    target_include_directories(asio::asio SYSTEM INTERFACE ${ASIO_INCLUDE_DIR})
    # Asio 1.22 asks libstdc++ for aligned_alloc before it has included any of it: without this the
    # order of includes decides how a translation unit allocates, and two of them may disagree.
    target_compile_definitions(asio::asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED
        $<$<PLATFORM_ID:Linux>:ASIO_HAS_STD_ALIGNED_ALLOC>)
endif()
