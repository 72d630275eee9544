include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
file(REMOVE_RECURSE ${BINARY})
set(consumer ${SOURCE}/tests/install/consumer)

run(${CMAKE_COMMAND} -S ${SOURCE} -B ${BINARY}/sdk ${flags} -DTESSERA_SERVER=OFF -DTESSERA_TESTS=OFF
    -DTESSERA_EXAMPLES=OFF)
run(${CMAKE_COMMAND} --build ${BINARY}/sdk)
run(${CMAKE_COMMAND} --install ${BINARY}/sdk --prefix ${BINARY}/prefix)
run(${CMAKE_COMMAND} -S ${consumer} -B ${BINARY}/installed ${flags} -DCMAKE_PREFIX_PATH=${BINARY}/prefix)
run(${CMAKE_COMMAND} --build ${BINARY}/installed)
foreach(way header-only compiled by-hand)
    run(${BINARY}/installed/${way})
endforeach()

execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE}/examples/testing -B ${BINARY}/without ${flags}
                        -DCMAKE_PREFIX_PATH=${BINARY}/prefix
                RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
if(code EQUAL 0 OR NOT out MATCHES "installed without its server")
    message(FATAL_ERROR "the server was not installed, and this was said of it: ${out}")
endif()

run(${CMAKE_COMMAND} -S ${consumer} -B ${BINARY}/nested ${flags} -DTESSERA_SOURCE=${SOURCE})
run(${CMAKE_COMMAND} --build ${BINARY}/nested --target compiled)
run(${BINARY}/nested/compiled)
file(GLOB built ${BINARY}/nested/tessera/mock-server ${BINARY}/nested/tessera/reference-engine ${BINARY}/nested/tessera/tests)
if(built)
    message(FATAL_ERROR "as a subdirectory the SDK alone is built, but this was configured: ${built}")
endif()
