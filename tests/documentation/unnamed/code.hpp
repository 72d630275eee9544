struct tea {
    int leaves = 1;
    double minutes{};
    bool milk;
};
