#pragma once
// Texts of settings: YAML 1.2, and so JSON, as a value whose places are known.
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tessera/core/result.hpp"
#include "tessera/json/issue.hpp"
#include "tessera/json/value.hpp"

namespace tessera::server {

/// One text of settings and the files that it names. In every scalar ${NAME} and ${NAME:-default}
/// stand for variables of the environment, and $${ for itself.
class configuration {
  public:
    /// A section that is the path of a file, from `folder` on, has what stands in the file. The
    /// error, invalid_argument, names file and line: of what is no YAML, a key that is there twice,
    /// a variable that is not set. Bounded in size, depth and what aliases repeat.
    static result<configuration> read(std::string_view text, const std::string& name,
                                      const std::filesystem::path& folder = {});
    /// The same of a file.
    static result<configuration> read(const std::filesystem::path& file);

    const json::value& value() const { return value_; }
    /// The files that it was read from, the first before those that it names.
    const std::vector<std::filesystem::path>& files() const { return files_; }
    /// The same as the one section of this name.
    configuration as_section(const std::string& name) const;
    /// "settings.yaml, line 7": of the path's innermost part that stands in the text.
    std::string place(json::path_type path) const;

  private:
    json::value value_;
    std::map<std::string, std::string> places_;  // by path
    std::vector<std::filesystem::path> files_;
};

}  // namespace tessera::server
