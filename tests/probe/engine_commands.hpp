#pragma once

#include "command.hpp"

namespace tessera::probe {

command safetensors_command;  // FILE
command schema_command;       // {"schema", "instance"}: does it hold?
command template_command;     // {"template": "...", and the template's variables}
command tokenizer_command;    // DIR; the text to tokenize on stdin
command mask_command;         // [--tokenizer DIR]; {"schema", "text"}

}  // namespace tessera::probe
