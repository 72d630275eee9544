#include "tessera/openai/content.hpp"
