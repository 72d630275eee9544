# The kernels of tessera-cuda-on-cpu once more, by clang, which shows each access of theirs to the race checker; with the
# tests of engine/cuda. Unoptimised, so that a structure that is read at once is seen to be.
get_target_property(shim tessera-cuda-on-cpu SOURCES)
set(kernels ${shim})
list(FILTER kernels INCLUDE REGEX "\\.cu$")
list(FILTER shim EXCLUDE REGEX "\\.cu$")
set(objects "")
foreach(kernel ${kernels})
    get_filename_component(name ${kernel} NAME_WE)
    set(object ${CMAKE_CURRENT_BINARY_DIR}/races/${name}.o)
    add_custom_command(OUTPUT ${object}
        COMMAND ${CMAKE_CXX_COMPILER_LAUNCHER} ${TESSERA_CLANG} -std=c++20 -O0 -gline-tables-only -fno-strict-aliasing
                -fsanitize=thread -mllvm -tsan-instrument-func-entry-exit=0 -w
                -I${PROJECT_SOURCE_DIR}/reference-engine -I${CMAKE_CURRENT_SOURCE_DIR}/support -I${CMAKE_CURRENT_SOURCE_DIR}
                -MD -MF ${object}.d -x c++ -c ${kernel} -o ${object}
        DEPENDS ${kernel} DEPFILE ${object}.d COMMENT "Building ${name}.cu for the race checker" VERBATIM)
    list(APPEND objects ${object})
endforeach()
# Kernels come first: of functions that others have as well, theirs are taken.
add_executable(test-engine-cuda-races ${objects} ${shim} support/cuda_on_cpu/races.cpp support/cuda_on_cpu/races_main.cpp $<TARGET_OBJECTS:test-engine-cuda>)
target_compile_options(test-engine-cuda-races PRIVATE -O2)
target_include_directories(test-engine-cuda-races PRIVATE support ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(test-engine-cuda-races PRIVATE tessera-engine GTest::gtest tessera-warnings)
add_test(NAME engine/cuda-races COMMAND test-engine-cuda-races --gtest_brief=1)
set_tests_properties(engine/cuda-races PROPERTIES TIMEOUT 600)
