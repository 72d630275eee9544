// What ThreadSanitizer asks of a program.
extern "C" {

const char* __tsan_default_options() { return "halt_on_error=1"; }

// Owners of an exception are counted inside of libstdc++, which is not instrumented: that the last
// of them comes after the others cannot be seen.
const char* __tsan_default_suppressions() {
    return "race:std::__exception_ptr::exception_ptr::_M_release\n";
}

}  // extern "C"
