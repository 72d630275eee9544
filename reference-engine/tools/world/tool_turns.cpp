#include "world/tool_requests.hpp"

namespace tessera::engine::world {

namespace {

void add_tools(conversation& c, random& r, std::span<const tool_request> needed) {
    std::vector<tool_request> all;
    for (const auto& q : needed)
        if (all.empty() || all.back().name != q.name) all.push_back(q);
    for (int n = !needed.empty() ? r.below(r.chance(0.8) ? 3 : 5) : r.between(1, 3); n > 0; --n) {
        auto other = any_tool_request(r, false);
        // Beside a calculator that nobody needs, sums would have two right answers.
        bool fits = !needed.empty() || (other.kind != "calculator" && other.kind != "weather" &&
                                        other.kind != "clock");
        for (const auto& q : all) fits = fits && q.kind != other.kind && q.name != other.name;
        if (fits)
            all.insert(all.begin() + r.below(static_cast<int>(all.size()) + 1), std::move(other));
    }
    for (auto& q : all) c.tools.push_back(std::move(q.tool));
}

json call_message(std::span<const tool_request> requests) {
    json calls = json::array();
    for (const auto& q : requests)
        calls.push_back({{"type", "function"},
                         {"function", {{"name", q.name}, {"arguments", spaced(q.arguments)}}}});
    return {{"role", "assistant"}, {"tool_calls", calls}};
}

// "Paris and Rome", "Paris, in Rome and in Oslo"
std::string listed(std::span<const tool_request> requests, random& r) {
    const bool again = requests[0].user.find(" in {x}") != std::string::npos && r.chance(0.45);
    static constexpr std::string_view last[] = {" and ",      " and ",      " and ",
                                                " and also ", " and then ", ", and "};
    std::string link(r.pick(last)), out;
    if (link == ", and " && requests.size() == 2) link = " and ";
    if (link == " and " && requests.size() == 2 && r.chance(0.1)) out = "both ";
    for (std::size_t i = 0; i < requests.size(); ++i)
        out += (i == 0 ? "" : (i + 1 == requests.size() ? link : ", ") + (again ? "in " : "")) +
               subject_of(requests[i]);
    return out;
}

// "What is the weather in Paris? And in Rome?"
std::string asked_after(const tool_request& q, random& r) {
    const char end = q.user.back();
    if (q.user.ends_with(" in {x}?") && r.chance(0.7)) return " And in " + subject_of(q) + "?";
    if (q.user.ends_with(" {x}?") || q.user.ends_with(" {x}."))
        return (r.chance(0.5) ? " And " : " Also ") + subject_of(q) + end;
    return " " + said(q);
}

// What needs several calls: one tool for several things, or two tools.
std::vector<tool_request> several_requests(random& r, bool unseen, std::string& user) {
    std::vector<tool_request> all{any_tool_request(r, unseen)};
    while (all[0].subject.empty()) all[0] = any_tool_request(r, unseen);
    if (r.chance(0.15)) {
        tool_request other = any_tool_request(r, false);
        while (other.kind == all[0].kind || other.name == all[0].name || other.kind == "calculator")
            other = any_tool_request(r, false);
        all.push_back(std::move(other));
        user = said(all[0]) + (r.chance(0.5) ? " " : " And: ") + said(all[1]);
        return all;
    }
    for (int n = r.chance(0.75) ? 2 : 3; n > 1;) {
        tool_request another = all[0];
        another.draw(another, r);
        bool fresh = true;
        for (const auto& q : all) fresh = fresh && subject_of(q) != subject_of(another);
        if (!fresh) continue;
        all.push_back(std::move(another));
        --n;
    }
    const bool apart = all.size() == 2 && r.chance(0.25);
    user = apart ? said(all[0]) + asked_after(all[1], r) : filled(all[0].user, listed(all, r));
    return all;
}

void add_results(conversation& c, std::span<const tool_request> requests) {
    std::string answer;
    for (const auto& q : requests) {
        c.messages.push_back({{"role", "tool"}, {"content", q.result}});
        answer += (answer.empty() ? "" : " ") + q.answer;
    }
    say(c, "assistant", answer);
}

// "And in Rome?"
void add_another_call(conversation& c, random& r, tool_request q) {
    q.draw(q, r);
    say(c, "user", asked_after(q, r).substr(1));
    c.messages.push_back(call_message({&q, 1}));
    if (r.chance(0.5)) add_results(c, {&q, 1});
}

}  // namespace

void add_tool_turn(conversation& c, random& r, tool_exam exam) {
    const bool unseen = exam == tool_exam::held_out_template || exam == tool_exam::several_held_out;
    std::string user;
    std::vector<tool_request> requests;
    if (exam == tool_exam::several || exam == tool_exam::several_held_out ||
        exam == tool_exam::several_results || (exam == tool_exam::none && r.chance(0.2))) {
        requests = several_requests(r, unseen, user);
    } else {
        requests.push_back(exam == tool_exam::invented_tool ? invented_tool_request(r)
                                                            : any_tool_request(r, unseen));
        user = said(requests[0]);
    }
    add_tools(c, r, requests);
    say(c, "user", user);
    auto call = call_message(requests);
    if (exam == tool_exam::none && requests.size() == 1 && r.chance(0.1)) {
        c.messages.back()["content"] =
            (r.chance(0.5) ? "Think first. " : "Think step by step. ") + user;
        call["reasoning"] = requests[0].thought;
    }
    c.messages.push_back(std::move(call));
    const bool answered = exam == tool_exam::results || exam == tool_exam::several_results;
    if (!answered && (exam != tool_exam::none || r.chance(0.4))) return;
    add_results(c, requests);
    if (exam == tool_exam::none && !requests[0].subject.empty() && r.chance(0.2))
        add_another_call(c, r, requests[0]);
}

void add_idle_tools(conversation& c, random& r) { add_tools(c, r, {}); }

}  // namespace tessera::engine::world
