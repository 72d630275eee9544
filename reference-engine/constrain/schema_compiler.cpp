#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include "constrain/schema_algebra.hpp"
#include "constrain/schema_completer.hpp"
#include "core/error.hpp"

namespace tessera::engine {
namespace {

constexpr std::size_t most_nodes = 20'000;

// Keeps conjunctions of places in the schema, and what they come to.
class table : public schema_reader::places {
  public:
    table(const nlohmann::ordered_json& schema, std::string pointer)
        : reader_(schema, std::move(pointer), *this) {
        place({});                   // anything
        place({schema_reader::no});  // nothing
    }

    node_id root() { return of(reader_.root()); }

    node_id conjunction(node_id a, node_id b) override {
        if (a == b || b == anything_node) return a;
        if (a == anything_node) return b;
        if (a == nothing_node || b == nothing_node) return nothing_node;
        std::vector<int> made;
        std::set_union(parts_[index(a)].begin(), parts_[index(a)].end(), parts_[index(b)].begin(),
                       parts_[index(b)].end(), std::back_inserter(made));
        for (const int part : made)
            if (std::binary_search(made.begin(), made.end(), part ^ 1)) return nothing_node;
        return place(std::move(made));
    }

    std::vector<node_id> negation(node_id n) override {
        if (n == nothing_node) return {anything_node};
        std::vector<node_id> made;
        const auto parts = parts_[index(n)];
        for (const int part : parts) made.push_back(place({part ^ 1}));
        return made;
    }

    node_id of(int location) override {
        const auto fixed = reader_.trivial(location);
        if (fixed) return *fixed ? anything_node : nothing_node;
        return place({location * 2});
    }

    const alternatives& expand(node_id n) override {
        if (const auto found = expanded_.find(n); found != expanded_.end()) return found->second;
        alternatives made = n == nothing_node ? alternatives() : alternatives::anything();
        if (n != nothing_node) {
            const auto parts = parts_[index(n)];
            for (const int part : parts) made = intersection(made, reader_.read(part), *this);
        }
        return expanded_.emplace(n, std::move(made)).first->second;
    }

    std::string pointer(node_id n, const std::string& keyword) const override {
        return reader_.pointer(parts_[index(n)], keyword);
    }

  private:
    static std::size_t index(node_id n) { return static_cast<std::size_t>(n); }

    node_id place(std::vector<int> parts) {
        const auto [found, made] =
            places_.emplace(std::move(parts), static_cast<node_id>(parts_.size()));
        if (made) {
            if (parts_.size() == most_nodes)
                throw schema_refused({"", "", "the schema has too many combinations"});
            parts_.push_back(found->first);
        }
        return found->second;
    }

    schema_reader reader_;
    std::deque<std::vector<int>> parts_;
    std::map<std::vector<int>, node_id> places_;
    std::map<node_id, alternatives> expanded_;
};

}  // namespace

schema_graph schema_graph::compile(const nlohmann::ordered_json& schema,
                                   const std::string& pointer) {
    schema_graph graph;
    try {
        table nodes(schema, pointer);
        graph.root_ = nodes.root();
        schema_completer(nodes, graph).run(graph.root_);
    } catch (const schema_refused& e) {
        if (!e.problem().pointer.empty()) throw;
        throw schema_refused({pointer, e.problem().keyword, e.problem().message});
    } catch (const engine_error& e) {
        throw schema_refused({pointer, "", e.what()});
    }
    return graph;
}

}  // namespace tessera::engine
