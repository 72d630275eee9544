struct tea {
    int leaves = 1;
    double minutes{};
    bool warm = true;  // a long comment
    bool milk;
    int cups() const;
};
