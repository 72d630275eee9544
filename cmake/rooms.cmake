# compile_rooms_at_once(target source...): sources of one folder are one translation unit, since they share most of what
# they include, which costs more to compile than they do. What a source keeps to itself needs a name of its own there.
function(compile_rooms_at_once target)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    foreach(source ${ARGN})
        cmake_path(GET source PARENT_PATH room)
        cmake_path(RELATIVE_PATH room)
        string(REPLACE "/" "-" room ${room})
        set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${room})
    endforeach()
endfunction()
