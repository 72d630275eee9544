include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
unset(ENV{TESSERA_BUNDLED_MODEL})
file(REMOVE_RECURSE ${BINARY})
set(prefix "${BINARY}/moved here")

run(${CMAKE_COMMAND} --install ${BUILT} --config ${CONFIG} --prefix ${BINARY}/installed)
file(RENAME ${BINARY}/installed ${prefix})

run(${CMAKE_COMMAND} -S ${SOURCE}/examples/testing -B ${BINARY}/example ${flags} -DCMAKE_PREFIX_PATH=${prefix})
run(${CMAKE_COMMAND} --build ${BINARY}/example)
run(${BINARY}/example/tickets-test --gtest_brief=1)
run(${CMAKE_CURRENT_LIST_DIR}/program.sh ${prefix}/bin/tessera-server ${EXAMPLE})

# Without its model it says where it looked.
file(RENAME ${prefix}/share ${BINARY}/elsewhere)
foreach(program "${prefix}/bin/tessera-server;--port;0" ${BINARY}/example/tickets-test)
    execute_process(COMMAND ${program} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
    if(code EQUAL 0 OR NOT out MATCHES "moved here/share/tessera/bundled")
        message(FATAL_ERROR "${program} had no model, and said ${out}")
    endif()
endforeach()
