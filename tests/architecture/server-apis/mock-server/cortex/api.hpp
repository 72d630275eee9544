#pragma once
#include "cerebras/api.hpp"
