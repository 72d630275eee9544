# run(COMMAND...): fails with the command's output unless it succeeds.
function(run)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
    if(code)
        message(FATAL_ERROR "${ARGN}\n${out}")
    endif()
endfunction()
set(flags -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0
          -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
