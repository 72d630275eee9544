#pragma once
// What people see.
#include <string>
#include <vector>

#include "identity/grants.hpp"
#include "web/message.hpp"

namespace tessera::server::identity {

/// Who asks a person for what, and where the decision goes.
struct question {
    std::string action;  // the form's path
    std::string ticket;
    std::string asks;  // the client, for people
    std::vector<identity_user> users;
    std::vector<std::string> scopes;
    std::string user_code{};  // of a device
};

answer consent_page(const question& what);
/// Where the code of a device is typed.
answer code_page(const std::string& action, const std::string& wrong);
/// The end of something, well or not.
answer message_page(int status, const std::string& title, const std::string& text);

}  // namespace tessera::server::identity
