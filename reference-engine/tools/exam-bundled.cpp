// Asks a model of the bundled kind what its world knows, and prints the share of right answers.
#include <cstdio>
#include <exception>
#include <iostream>

#include "world/examinee.hpp"

int main(int argc, char** argv) {
    using namespace tessera::engine::world;
    if (argc < 2) {
        std::cerr << "usage: tessera-exam-bundled DIR [QUESTIONS A CATEGORY] [SEED] [SHOWN WRONG "
                     "ANSWERS A CATEGORY]\n";
        return 2;
    }
    try {
        const int questions = argc > 2 ? std::stoi(argv[2]) : 50,
                  shown = argc > 4 ? std::stoi(argv[4]) : 0;
        const auto seed = argc > 3 ? std::stoull(argv[3]) : 1;
        std::string category;
        int left = 0;
        auto scores = examine(
            argv[1], make_exam(questions, seed), 0,
            [&](const exam_question& q, const std::string& got) {
                if (category != q.category) category = q.category, left = shown;
                if (left-- > 0) {
                    const auto start = q.prompt.size() > 300 ? q.prompt.size() - 300 : 0;
                    std::printf("%s\n  asked  %s\n  wanted %s\n  got    %s\n", q.category.c_str(),
                                q.prompt.substr(start).c_str(), q.expected.c_str(), got.c_str());
                }
            });
        for (const auto& [name, from] : {std::pair{"embedding triplets", difference::topic},
                                         {"triplets of one relation", difference::entity}})
            scores.push_back(examine(argv[1], name, make_triplets(questions, seed, from)));
        for (const auto& s : scores)
            std::printf("%-28s %3d of %3d\n", s.category.c_str(), s.right, s.asked);
    } catch (const std::exception& e) {
        std::cerr << "tessera-exam-bundled: " << e.what() << '\n';
        return 1;
    }
}
