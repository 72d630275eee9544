int main() {
    // [answer]
    if (true) {
        // [inner]
        return 42;
        // [/inner]
    }
    // [/answer]
}
