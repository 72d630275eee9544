# libcsv ships without a CMake package on Debian.
find_path(LIBCSV_INCLUDE_DIR csv.h)
find_library(LIBCSV_LIBRARY csv)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(libcsv REQUIRED_VARS LIBCSV_LIBRARY LIBCSV_INCLUDE_DIR
    REASON_FAILURE_MESSAGE "install libcsv, for example: apt-get install libcsv-dev")
if(libcsv_FOUND AND NOT TARGET libcsv::libcsv)
    add_library(libcsv::libcsv UNKNOWN IMPORTED)
    set_target_properties(libcsv::libcsv PROPERTIES IMPORTED_LOCATION ${LIBCSV_LIBRARY})
    target_include_directories(libcsv::libcsv INTERFACE ${LIBCSV_INCLUDE_DIR})
endif()
